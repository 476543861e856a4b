"""Which revision of an item is out: published, succeeded, withdrawn, each with its signals.

All is decided in the ledger, under a lock of the collection: of two publishers one comes after
the other, and an older revision never takes the place of a newer one, nor of its tombstone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import orjson

from catalog import events
from catalog.errors import CatalogError, InvalidStac, NotPublished, WrongItem
from catalog.events import Gone, Superseded
from catalog.times import from_text, to_text
from catalog.validation import check_item
from catalog.versions import Version, in_tree, line, older
from lake.errors import LostClaim
from lake.ledger import outbox, revisions
from lake.ledger.alone import alone
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.revisions import Coming, Extent
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId, Signal

Pair = tuple[LedgeredItem, Item]
"""A claimed, judged revision and its description."""


class Result(StrEnum):
    """What became of a revision that was handed in to be published."""

    PUBLISHED = "published"
    SUPERSEDED = "superseded"  # at once: a newer one is out already, nothing is signalled
    REFUSED = "refused"  # nothing was changed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one revision; ``why`` says what was against one that was refused."""

    id: ItemId
    result: Result
    why: CatalogError | LostClaim | None = None


class Manner(StrEnum):
    """How an item is retracted."""

    KEEP = "keep"  # it stays in the catalogue, deprecated, and says why
    WITHDRAW = "withdraw"  # it leaves the catalogue with all its revisions
    DELETE = "delete"  # as withdrawn, and its descriptions are forgotten too


@dataclass(frozen=True, slots=True)
class Retraction:
    """Somebody's word that an item is not to be used any more."""

    manner: Manner
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A STAC item to be seen in the catalogue, and what it is to the others of its key."""

    stac: dict[str, Any]
    version: Version


@dataclass(frozen=True, slots=True)
class Changes:
    """What a step means for a catalogue beside the ledger; ``hidden`` is (collection, id)."""

    outcomes: tuple[Outcome, ...] = ()
    shown: tuple[Shown, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()


def publish(tx: Transaction, batch: Sequence[Pair]) -> Changes:
    """Publish what of ``batch`` may be published; signal it; return what became of each."""
    refused: dict[ItemId, CatalogError | LostClaim] = {
        row.id: why for row, item in batch if (why := _objection(row, item))
    }
    _alone(tx, {row.collection for row, _ in batch})
    held = revisions.hold(tx, (row for row, _ in batch))
    refused |= {r.id: _lost(tx, r) for r, _ in batch if r.id not in held and r.id not in refused}
    lines = list(_lines(tx, [(row, item) for row, item in batch if row.id not in refused]))
    revisions.publish(tx, [coming for line in lines for coming in line.coming])
    revisions.pass_over(tx, [late for line in lines for late in line.late])
    revisions.supersede(tx, [row for line in lines for row in line.superseded()])
    outbox.append_all(tx, [signal for line in lines for signal in line.signals])
    late = {one.id for line in lines for one in line.late}
    return Changes(
        tuple(_outcome(row.id, refused.get(row.id), late) for row, _ in batch),
        tuple(shown for line in lines for shown in line.shown()),
    )


def retract(tx: Transaction, collection: str, key: str, retraction: Retraction) -> Changes:
    """Retract a published item, signal it, and keep in the ledger who said so and why.

    Raises:
        NotPublished: there is no such item in the catalogue.
    """
    _alone(tx, {collection})
    known = revisions.out(tx, collection, key)
    if not known or known[-1].state != ItemState.PUBLISHED:
        raise NotPublished(
            f"expected a published item, came {collection}/{key}; `inlet catalog search "
            f"{collection}` lists those that are"
        )
    gone = Gone(collection, key, known[-1].revision, retraction.reason, retraction.by)
    said = f"{retraction.manner}: {retraction.reason} (by {retraction.by})"
    if retraction.manner is Manner.KEEP:
        outbox.append(tx, events.item_withdrawn(gone, tx.now))
        return _mark(tx, known, gone, said)
    if retraction.manner is Manner.WITHDRAW:
        outbox.append(tx, events.item_withdrawn(gone, tx.now))
    outbox.append(tx, events.item_deleted(gone, tx.now))
    revisions.bury(tx, known, said, forget=retraction.manner is Manner.DELETE)
    names = [key, *(older(key, row.revision) for row in known[:-1])]
    return Changes(hidden=tuple((collection, name) for name in names))


def lock_of(collection: str) -> str:
    """Return the name of the lock under which a collection's items come and go."""
    return f"catalogue of {collection}"


@dataclass(slots=True)
class _Line:
    """The revisions of one key that count, the oldest first, and what comes out or too late."""

    known: list[LedgeredItem]
    tombstone: int = 0  # the last sequence that was withdrawn
    returning: frozenset[ItemId] = frozenset()
    coming: list[Coming] = field(default_factory=list)
    late: list[Coming] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)

    def take(self, tx: Transaction, row: LedgeredItem, item: Item) -> None:
        """Have a revision come out, unless a newer one has."""
        stac = orjson.loads(item.stac)
        newest = self.known[-1] if self.known else None
        if row.sequence < max(self.tombstone, newest.sequence if newest else 0):
            at = row.published_at if row.id in self.returning else None
            self.late.append(replace(_coming(row, stac), at=at))
            return
        out = item
        if newest:
            before = older(row.key, newest.revision)
            stac = Version(row.key, predecessor=before).drawn(stac, in_tree)
            out = replace(item, stac=orjson.dumps(stac).decode())
        self.coming.append(_coming(row, stac))
        self.known.append(replace(row, state=ItemState.PUBLISHED, stac=stac))
        is_news = newest is None and row.id not in self.returning
        type_ = events.CREATED if is_news else events.UPDATED
        self.signals.append(events.item_published(out, type_, tx.now))
        if newest:
            gave_way = Superseded(row.collection, row.key, newest.revision, row.revision)
            self.signals.append(events.item_superseded(gave_way, tx.now))

    def superseded(self) -> list[ItemId]:
        """Return the revisions that newer ones took the place of."""
        if not self.coming:
            return []
        return [row.id for row in self.known[:-1] if row.state == ItemState.PUBLISHED]

    def shown(self) -> list[Shown]:
        """Return the items that changed in the catalogue; what is further back stays as it is."""
        if not self.coming:
            return []
        changed = len(self.coming) + revisions.NEIGHBOURS - 1
        linked = list(zip(self.known, _versions(self.known), strict=True))[-changed:]
        return [Shown(row.stac, version) for row, version in linked if row.stac is not None]


def _lines(tx: Transaction, batch: Sequence[Pair]) -> Iterator[_Line]:
    keys: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for row, item in batch:
        keys[row.collection][row.key].append((row, item))
    for collection, by_key in sorted(keys.items()):
        known: dict[str, list[LedgeredItem]] = defaultdict(list)
        for row in revisions.history(tx, collection, list(by_key)):
            known[row.key].append(row)
        for key, pairs in by_key.items():
            line = _line(known[key], [row.id for row, _ in pairs])
            for row, item in sorted(pairs, key=lambda pair: pair[0].sequence):
                line.take(tx, row, item)
            yield line


def _line(known: Sequence[LedgeredItem], coming: Iterable[ItemId]) -> _Line:
    buried = [row.sequence for row in known if row.state == ItemState.WITHDRAWN]
    again = frozenset(coming) & {row.id for row in known}
    standing = [r for r in known if r.state != ItemState.WITHDRAWN and r.id not in again]
    return _Line(standing, max(buried, default=0), again)


def _mark(tx: Transaction, known: Sequence[LedgeredItem], gone: Gone, said: str) -> Changes:
    row, version = known[-1], _versions(known)[-1]
    withdrawn = {"at": to_text(tx.now), "by": gone.by, "reason": gone.reason}
    properties = row.stac["properties"] | {"deprecated": True, "inlet:withdrawn": withdrawn}
    stac = {**row.stac, "properties": properties}
    revisions.mark(tx, row.id, stac, said)
    return Changes(shown=(Shown(stac, version),))


def _versions(known: Sequence[LedgeredItem]) -> list[Version]:
    return line(known[-1].key, [row.revision for row in known])


def _alone(tx: Transaction, collections: set[str]) -> None:
    """Keep other publishers of these collections out until the end: none overtakes another."""
    for collection in sorted(collections):
        alone(tx.connection, lock_of(collection))


def _objection(row: LedgeredItem, item: Item) -> CatalogError | None:
    claimed = (row.collection, row.key, row.revision)
    described = (item.collection, item.key, item.revision)
    if claimed != described:
        return WrongItem(
            f"expected the description of {claimed}, came that of {described}; describe the "
            "revision that was claimed"
        )
    try:
        check_item(item.stac)
    except InvalidStac as broken:
        return broken
    return None


def _lost(tx: Transaction, row: LedgeredItem) -> LostClaim:
    return LostClaim(
        f"item {row.id}: expected it judged and still claimed by {tx.owner}; another worker "
        "moved it on. Nothing was changed here"
    )


def _outcome(row: ItemId, why: CatalogError | LostClaim | None, late: set[ItemId]) -> Outcome:
    if why is not None:
        return Outcome(row, Result.REFUSED, why)
    return Outcome(row, Result.SUPERSEDED if row in late else Result.PUBLISHED)


def _coming(row: LedgeredItem, stac: dict[str, Any]) -> Coming:
    west, south, east, north = stac["bbox"]
    times = stac["properties"]
    extent = Extent(
        start=from_text(times["start_datetime"]),
        end=from_text(times["end_datetime"]),
        bbox=(west, south, east, north),
    )
    return Coming(row.id, stac, extent, from_text(times["published"]))
