"""Items that authorised clients hand in: published as our own are, signal and all, or refused."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shapely import GEOSException
from shapely.geometry import shape

from catalog.errors import BadQuery, InvalidStac
from catalog.item import collection_link
from catalog.publisher import insist
from catalog.search import flat_box
from catalog.succession import Manner, Retraction, lock_of
from catalog.times import from_text, to_text
from catalog.validation import check_item
from catalog.withdrawal import MARKS, WITHDRAWN
from inlet.errors import ItemChanged, ItemExists, ItemMissing, UnknownCollection, WrongSubmission
from inlet.house import House
from lake.ledger import items, submissions
from lake.ledger.alone import alone
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.submissions import Revision, Standing
from lake.nouns import Item

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_DIGITS = 12
_OURS = frozenset(
    {"self", "root", "parent", "collection"}
    | {"predecessor-version", "successor-version", "latest-version"}
)
"""Links that the catalogue draws itself."""


@dataclass(frozen=True, slots=True)
class Submission:
    """STAC items as plain JSON for a collection, and who hands them in."""

    collection: str
    items: Sequence[Mapping[str, Any]]
    by: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What must be true of the item that is out: it is one of ``tags``, and none of ``unless``.

    ``*`` is any. ``must_exist`` is None where both will do.
    """

    must_exist: bool | None = None
    tags: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def check(self, name: str, found: Standing | None) -> None:
        """Pass where it is met.

        Raises:
            ItemExists: it is out, and must not be.
            ItemMissing: it is not out, and must be.
            ItemChanged: it is out as another than those that were named, or as one of those that
                it must not be.
        """
        if found is not None and self.must_exist is False:
            raise ItemExists(f"expected no item {name}, there is one; use PUT to change it")
        if found is None and self.must_exist:
            raise ItemMissing(f"expected an item {name}, there is none; use POST to add it")
        tag = None if found is None else tag_of(found.stac)
        is_meant = tag is not None and not {tag, "*"}.isdisjoint(self.tags)
        if self.tags and not is_meant:
            raise ItemChanged(
                f"expected {name} as {' or '.join(self.tags)}, it is {tag or 'gone'}; read it "
                "again and decide anew"
            )
        if tag is not None and not {tag, f"W/{tag}", "*"}.isdisjoint(self.unless):
            raise ItemChanged(f"expected {name} not as {' or '.join(self.unless)}, it is {tag}")


def tag_of(stac: Mapping[str, Any]) -> str:
    """Return the entity tag of an item: another wherever the catalogue changed it."""
    said = stac["properties"]
    names = ("version", "updated", WITHDRAWN)
    told = json.dumps([stac.get("id"), *(said.get(name) for name in names)], sort_keys=True)
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]}"'


def submit(house: House, handed_in: Submission, condition: Condition) -> list[dict[str, Any]]:
    """Publish items, all of them or none; return them as they are out.

    Raises:
        UnknownCollection, WrongSubmission: one of them cannot be published as it is.
        ItemExists, ItemMissing, ItemChanged: the condition is not met by one of them.
        CatalogError: the catalogue refused one of them, or others were in the way each time.
    """
    name = handed_in.collection
    if name not in house.portfolio.collections:
        raise UnknownCollection(f"expected a collection of the portfolio, came {name!r}")
    wanted = {stac["id"]: stac for stac in (_understood(name, one) for one in handed_in.items)}
    if len(wanted) < len(handed_in.items):
        raise WrongSubmission("expected each id once, came one twice; hand it in once")
    probes = [Item(name, key, "", json.dumps(stac)) for key, stac in wanted.items()]

    def once() -> list[dict[str, Any]]:
        house.publisher.make_way(house.ledger, probes)
        with house.ledger.begin() as tx:
            alone(tx.connection, lock_of(name))
            found = submissions.standing(tx, name, list(wanted))
            for key in wanted:
                condition.check(f"{name}/{key}", found.get(key))
            return _publish(house, tx, _added(tx, name, wanted, handed_in.by))

    return insist(once)


def patch(
    house: House, collection: str, key: str, change: Mapping[str, Any], by: str, given: Condition
) -> dict[str, Any]:
    """Change a published item by a JSON merge patch (RFC 7396); return it as it is out.

    Raises:
        ItemMissing, ItemChanged: the condition is not met.
        WrongSubmission: it would be no item any more, or not this one.
        CatalogError: as ``submit``.
    """
    with house.ledger.begin() as tx:
        found = submissions.standing(tx, collection, [key]).get(key)
    given.check(f"{collection}/{key}", found)
    if found is None:
        raise ItemMissing(f"expected an item {collection}/{key}, there is none")
    merged = _merged(found.stac, change)
    if merged.get("id") != key:
        raise WrongSubmission(f"expected the id {key!r} to stay, came {merged.get('id')!r}")
    unchanged = Condition(must_exist=True, tags=(tag_of(found.stac),))
    (out,) = submit(house, Submission(collection, [merged], by), unchanged)
    return out


def delete(house: House, collection: str, key: str, by: str, given: Condition) -> None:
    """Take an item out of the catalogue; the ledger keeps that it was, and who took it out.

    Raises:
        ItemMissing, ItemChanged: the condition is not met.
        Contended: others were in the way each time.
    """
    retraction = Retraction(Manner.DELETE, "deleted by the STAC API", by)

    def once() -> None:
        with house.ledger.begin() as tx:
            alone(tx.connection, lock_of(collection))
            found = submissions.standing(tx, collection, [key])
            given.check(f"{collection}/{key}", found.get(key))
            house.publisher.retract(tx, collection, key, retraction)

    insist(once)


def _publish(
    house: House, tx: Transaction, pairs: Sequence[tuple[LedgeredItem, Item]]
) -> list[dict[str, Any]]:
    for outcome in house.publisher.publish(tx, pairs):
        if outcome.why is not None:
            raise outcome.why
    out = submissions.standing(tx, pairs[0][0].collection, [row.key for row, _ in pairs])
    return [out[row.key].stac for row, _ in pairs]


def _added(
    tx: Transaction, collection: str, wanted: Mapping[str, dict[str, Any]], by: str
) -> list[tuple[LedgeredItem, Item]]:
    """Return the items' next revisions in the ledger, and their descriptions."""
    keys = list(wanted)
    sequences = items.next_sequences(tx, collection, keys)
    first = items.first_published(tx, collection, keys)
    revisions = [
        Revision(key, f"{_digest_of(stac)}.{sequences[key]}", sequences[key])
        for key, stac in wanted.items()
    ]
    pairs = []
    for row in submissions.add(tx, collection, revisions):
        out = _stamped(wanted[row.key], row.revision, by, first.get(row.key, tx.now), tx.now)
        pairs.append((row, Item(collection, row.key, row.revision, json.dumps(out))))
    return pairs


def _digest_of(stac: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stac, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _understood(collection: str, handed_in: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item with what publishing needs, once it is known to be whole."""
    stac = {**handed_in, "collection": handed_in.get("collection") or collection}
    if stac["collection"] != collection:
        raise WrongSubmission(
            f"expected the collection {collection!r}, came {stac['collection']!r}"
        )
    if not _NAME.fullmatch(str(stac.get("id"))):
        raise WrongSubmission(
            f"expected an id of letters, digits, '.', '_' and '-', came {stac.get('id')!r}"
        )
    given = stac.get("links") or []
    stac["links"] = [collection_link(), *(one for one in given if not _is_ours(one))]
    try:
        check_item(json.dumps(stac))
        stac["bbox"] = list(flat_box(tuple(stac.get("bbox") or ())))
    except (InvalidStac, BadQuery) as wrong:
        raise WrongSubmission(str(wrong)) from wrong
    _check_place(stac["geometry"])
    stac["properties"] = _timed(stac["properties"])
    return stac


def _is_ours(link: object) -> bool:
    return isinstance(link, Mapping) and link.get("rel") in _OURS


def _check_place(geometry: Mapping[str, Any] | None) -> None:
    try:
        is_empty = geometry is None or shape(geometry).is_empty
    except (ValueError, TypeError, IndexError, GEOSException) as error:
        raise WrongSubmission(f"expected a geometry, came one that is none: {error}") from error
    if is_empty:
        raise WrongSubmission("expected a geometry with coordinates, came an empty one")


def _timed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties with both ends of the item's time."""
    moment = properties.get("datetime")
    ends = {name: properties.get(name) or moment for name in ("start_datetime", "end_datetime")}
    try:
        start, end = (from_text(str(text)) for text in ends.values())
        within = moment is None or start <= from_text(str(moment)) <= end
    except BadQuery as wrong:
        raise WrongSubmission(str(wrong)) from wrong
    if start > end:
        raise WrongSubmission(f"expected start before end, came {ends}")
    if not within:
        raise WrongSubmission(f"expected a datetime between start and end, came {moment}")
    return {**properties, **ends}


def _stamped(
    stac: dict[str, Any], revision: str, by: str, first: datetime, now: datetime
) -> dict[str, Any]:
    """Return the item with its revision, and with when and by whom it came out."""
    ours = {
        "version": revision,
        "created": to_text(first),
        "updated": to_text(now),
        "published": to_text(now),
        "inlet:submitted_by": by,
    }
    told = {k: v for k, v in stac["properties"].items() if k not in MARKS}
    return {**stac, "properties": told | ours}


def _merged(whole: Any, change: Any) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(change, Mapping):
        return change
    merged = dict(whole) if isinstance(whole, Mapping) else {}
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged
