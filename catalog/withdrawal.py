"""What an item says of it that was withdrawn and is kept: when, by whom, and why."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.described import Described
from catalog.events import Gone
from catalog.times import to_text

Json = dict[str, Any]

WITHDRAWN = "inlet:withdrawn"
MARKS = frozenset({"deprecated", WITHDRAWN})
"""The properties by which it says so."""


def marked(stac: Mapping[str, Any], gone: Gone, at: datetime) -> Json:
    """Return an item that says that it was withdrawn."""
    said = {"at": to_text(at), "by": gone.by, "reason": gone.reason}
    return _with(stac, {"deprecated": True, WITHDRAWN: said})


def unmarked(stac: Mapping[str, Any]) -> Json:
    """Return an item that says nothing of it."""
    told = {k: v for k, v in stac["properties"].items() if k not in MARKS}
    return {**stac, "properties": told}


def as_before(new: Described) -> Described:
    """Return a description that says so where that revision said so when it was out before."""
    before = new.row.stac["properties"] if new.row.stac else {}
    marks = {name: before[name] for name in MARKS & before.keys()}
    if not marks:
        return new
    stac = _with(new.stac, marks)
    return replace(new, stac=stac, item=replace(new.item, stac=json.dumps(stac)))


def why_kept(stac: Mapping[str, Any]) -> str | None:
    """Return in a sentence why an item was withdrawn that is kept; None where it was not."""
    said = stac["properties"].get(WITHDRAWN)
    return f"keep: {said['reason']} (by {said['by']})" if said else None


def _with(stac: Mapping[str, Any], said: Json) -> Json:
    return {**stac, "properties": stac["properties"] | said}
