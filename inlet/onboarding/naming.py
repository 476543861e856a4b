"""Names of our own for what others call as they like."""

import re

_LONGEST = 60


def of_provider(text: str) -> str:
    """Return a provider's id made of ``text``: small letters, digits and ``_``."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:_LONGEST]
    return name if name[:1].isalpha() else f"p_{name}".rstrip("_")


def of_collection(text: str) -> str:
    """Return a collection's id made of ``text``: small letters, digits and ``-``."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST]
    return name or "collection"
