"""Names of our own for what others call as they like."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import count

_LONGEST = 60


def of_provider(text: str) -> str:
    """Return a provider's id made of ``text``: small letters, digits and ``_``."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST]
    return name if name[:1].isalpha() else f"p_{name}".rstrip("_")


def of_collections(texts: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Return for each text a collection's id that no other has: small letters, digits and ``-``.

    Of those that would be one, all but the first are numbered; so is what would be in ``taken``.
    """
    names: dict[str, str] = {}
    known = set(taken)
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for text in dict.fromkeys(texts):
        short = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST] or "collection"
        name = short
        while name in known:
            name = f"{short}-{next(numbers[short])}"
        known.add(name)
        names[text] = name
    return names
