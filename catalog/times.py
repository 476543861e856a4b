"""Times as STAC writes them: RFC 3339 in UTC, with a ``Z``."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from catalog.errors import BadQuery

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def to_text(moment: datetime) -> str:
    """Return ``moment`` as ``2024-01-01T00:00:00Z``; a fraction is kept where there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def from_text(text: str) -> datetime:
    """Read an RFC 3339 date-time; many items share theirs.

    Raises:
        BadQuery: it is not one; dates without a time, and times without a zone, are not.
    """
    if _RFC_3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise BadQuery(f"expected an RFC 3339 time, came {text!r}; write it as 2024-01-31T00:00:00Z")
