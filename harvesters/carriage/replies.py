"""What a server's answer says of the bytes that follow it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from harvesters.carriage.checksums import Checksum, of_headers
from harvesters.carriage.routes import shown
from harvesters.errors import (
    EncodedBody,
    HarvestError,
    NotNow,
    ProviderRefused,
    ProviderUnreachable,
    RateLimited,
    RequestRefused,
    Vanished,
)

_STATUS_ERRORS: dict[int, type[HarvestError]] = {
    400: RequestRefused,
    401: ProviderRefused,
    403: ProviderRefused,
    404: Vanished,
    410: Vanished,
    429: RateLimited,
}
# A file that is gzip at rest is often said to be encoded so: its bytes are taken as they come.
_AS_THEY_COME = frozenset({"", "identity", "gzip", "x-gzip"})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_SURELY_OLDER = timedelta(seconds=60)  # RFC 7232: then a date tells one content from another


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with bytes of the product, from ``start`` on; ``total`` is the whole's size.

    ``validator`` is what If-Range takes: it is the same only where the content is.
    """

    is_part: bool
    start: int
    total: int | None
    validator: str | None
    checksums: tuple[Checksum, ...] = ()


def read_reply(status: int, headers: Mapping[str, str], url: str, now: datetime) -> Reply | None:
    """Return what an answer says; None for a part that cannot be told, or cannot be had.

    Raises:
        HarvestError: the error that the status means.
        EncodedBody: the body is compressed in a way that we did not ask for.
    """
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return None
    if status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        raise _error_of(status, headers, url, now)
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _AS_THEY_COME:
        raise EncodedBody(
            f"{shown(url)}: expected the bytes as they are, came {encoding}; the provider "
            "ignores `Accept-Encoding: identity`"
        )
    is_part = status == HTTPStatus.PARTIAL_CONTENT
    span = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if is_part and span is None:
        return None
    length = headers.get("Content-Length", "")
    total = span[3] if is_part and span else length
    return Reply(
        is_part=is_part,
        start=int(span[1]) if is_part and span else 0,
        total=int(total) if total.isdigit() else None,
        validator=_validator(headers),
        checksums=of_headers(headers, is_part),
    )


def retry_after_seconds(text: str, now: datetime) -> float | None:
    """Return how long ``Retry-After`` asks us to wait, from seconds or a date."""
    if text.strip().isdigit():
        return float(text)
    until = _date(text)
    return None if until is None else max((until - now).total_seconds(), 0.0)


def _error_of(status: int, headers: Mapping[str, str], url: str, now: datetime) -> HarvestError:
    reasons = {known.value: known.phrase for known in HTTPStatus}
    said = f"{shown(url)}: expected 200, came {status} {reasons.get(status, '')}".rstrip()
    wait = retry_after_seconds(headers.get("Retry-After", ""), now)
    kind = _STATUS_ERRORS.get(status, ProviderUnreachable)
    return kind(said, wait) if issubclass(kind, NotNow) else kind(said)


def _validator(headers: Mapping[str, str]) -> str | None:
    etag = headers.get("ETag", "").strip()
    if re.fullmatch(r'"[^"]+"', etag):  # a weak one, W/"…", tells no two contents apart
        return etag
    modified = headers.get("Last-Modified", "")
    changed_at, said_at = _date(modified), _date(headers.get("Date", ""))
    if changed_at and said_at and said_at - changed_at >= _SURELY_OLDER:
        return modified
    return None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return moment if moment.tzinfo else None
