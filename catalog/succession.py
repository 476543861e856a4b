"""Which revision of an item is out: published, succeeded, withdrawn, each with its signals.

All is decided in the ledger, under a lock of the collection: of two publishers one comes after
the other, and an older revision never takes the place of a newer one, nor of its tombstone.
"""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from catalog import events
from catalog.described import Described, Pair, read
from catalog.errors import CatalogError, NotPublished
from catalog.events import Gone, Superseded
from catalog.line import Line, Shown
from catalog.versions import Version, line, older
from catalog.withdrawal import as_before, marked, unmarked, why_kept
from lake.errors import LostClaim
from lake.ledger import outbox, revisions
from lake.ledger.alone import alone
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Transaction
from lake.ledger.revisions import Coming, Past
from lake.ledger.states import ItemState
from lake.nouns import Item, ItemId, Signal


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
    """Somebody's word that an item is not to be used any more.

    ``revision`` is the one that is meant; None is whichever is out.
    """

    manner: Manner
    reason: str
    by: str
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a retraction means for a catalogue beside the ledger; ``hidden`` are ids."""

    shown: tuple[Shown, ...] = ()
    hidden: tuple[str, ...] = ()


Show = Callable[[Iterable[Shown]], None]
"""Shows items in a catalogue beside the ledger; they are made out one by one as it takes them."""


def to_nobody(shown: Iterable[Shown]) -> None:
    """Show items nowhere: the ledger is the catalogue."""
    deque(shown, maxlen=0)


def publish(tx: Transaction, batch: Sequence[Pair], show: Show) -> tuple[Outcome, ...]:
    """Publish what of ``batch`` may be published; signal it; return what became of each.

    ``show`` takes all that changes in the catalogue, collection by collection, and asks nothing
    of the ledger meanwhile.
    """
    _alone(tx, {row.collection for row, _ in batch})
    step = _Step(tx, revisions.hold(tx, (row for row, _ in batch)))
    show(step.shown(batch))
    step.write()
    return step.outcomes(batch)


def retract(tx: Transaction, collection: str, key: str, retraction: Retraction) -> Changes:
    """Retract a published item, signal it, and keep in the ledger who said so and why.

    Raises:
        NotPublished: there is no such item in the catalogue.
    """
    known = _out(tx, collection, key, retraction.revision)
    gone = Gone(collection, key, known[-1].revision, retraction.reason, retraction.by)
    returns = known[-1].returns
    if retraction.manner is Manner.KEEP:
        outbox.append(tx, events.item_withdrawn(gone, tx.now, returns))
        return _mark(tx, known, gone)
    if retraction.manner is Manner.WITHDRAW:
        outbox.append(tx, events.item_withdrawn(gone, tx.now, returns))
    outbox.append(tx, events.item_deleted(gone, tx.now, returns))
    said = f"{retraction.manner}: {retraction.reason} (by {retraction.by})"
    revisions.bury(tx, known, said, forget=retraction.manner is Manner.DELETE)
    return Changes(hidden=(key, *(older(key, row.revision) for row in known[:-1])))


def restore(tx: Transaction, found: LedgeredItem) -> Changes:
    """Have an item that was kept though it was withdrawn be as it was before, and signal it.

    Raises:
        NotPublished: it is not out any more as it was found.
    """
    known = _out(tx, found.collection, found.key, found.revision)
    row = known[-1]
    if row.reason is None or row.reason != found.reason:
        raise NotPublished(
            f"expected {row.collection}/{row.key} as {found.reason}, it is "
            f"{row.reason or 'not withdrawn any more'}"
        )
    stac = unmarked(row.stac)
    item = Item(row.collection, row.key, row.revision, json.dumps(stac))
    outbox.append(tx, events.item_published(item, events.UPDATED, tx.now, row.returns + 1))
    revisions.unmark(tx, row.id, stac)
    return Changes(shown=(Shown(stac, _versions(known)[-1]),))


def hide(tx: Transaction, collection: str, key: str, reason: str) -> None:
    """Signal that a published item is out no more, which goes back in this transaction."""
    _alone(tx, {collection})
    for row in revisions.out(tx, collection, key)[-1:]:
        gone = Gone(collection, key, row.revision, reason, "census")
        outbox.append(tx, events.item_deleted(gone, tx.now, row.returns))


def lock_of(collection: str) -> str:
    """Return the name of the lock under which a collection's items come and go."""
    return f"catalogue of {collection}"


@dataclass(slots=True)
class _Step:
    """What becomes of a batch: gathered while the catalogue takes it, then written at once."""

    tx: Transaction
    held: Mapping[ItemId, datetime | None]  # when each came out before, if ever
    refused: dict[ItemId, CatalogError | LostClaim] = field(default_factory=dict)
    coming: list[Coming] = field(default_factory=list)
    late: list[Coming] = field(default_factory=list)
    superseded: list[ItemId] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    standing: dict[str, ItemId] = field(default_factory=dict)

    def shown(self, batch: Sequence[Pair]) -> Iterator[Shown]:
        """Give what changes in the catalogue; all is read of the ledger before the first."""
        for mine, pairs in _lines(self.tx, batch):
            for row, item in pairs:
                try:
                    self._take(mine, as_before(read(row, item)))
                except (CatalogError, LostClaim) as why:
                    self.refused[row.id] = why
            if mine.came:
                self.superseded += mine.superseded()
                yield from mine.shown()

    def write(self) -> None:
        """Write in the ledger what became of them."""
        revisions.publish(self.tx, self.coming)
        revisions.pass_over(self.tx, self.late)
        revisions.supersede(self.tx, self.superseded)
        outbox.append_all(self.tx, self.signals, self.standing)

    def outcomes(self, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
        """Return what became of each."""
        late = {one.id for one in self.late}
        return tuple(_outcome(row.id, self.refused.get(row.id), late) for row, _ in batch)

    def _take(self, mine: Line, new: Described) -> None:
        """Have a revision come out, unless a newer one has."""
        row = new.row
        if row.id not in self.held:
            raise _lost(self.tx, row)
        out_since = self.held[row.id]
        again, why = out_since is not None, why_kept(new.stac)
        if mine.is_late(row):
            at = out_since if row.id in mine.returning else None
            self.late.append(Coming(row.id, new.item.stac, new.extent, at, why, again))
            return
        before = mine.newest
        out, stac = mine.drawn(new)
        self.coming.append(Coming(row.id, out.stac, new.extent, new.at, why, again))
        is_news = before is None or before.state != ItemState.PUBLISHED
        type_ = events.CREATED if is_news else events.UPDATED
        told = events.item_published(out, type_, self.tx.now, row.returns)
        self.signals.append(told)
        self.standing[told.id] = row.id
        if before:
            gave_way = Superseded(row.collection, row.key, before.revision, row.revision)
            self.signals.append(events.item_superseded(gave_way, self.tx.now))
        mine.add(row, stac)


def _lines(tx: Transaction, batch: Sequence[Pair]) -> Iterator[tuple[Line, list[Pair]]]:
    """Give each key's line, and what comes in it, the oldest first; collection by collection."""
    keys: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for row, item in batch:
        keys[row.collection][row.key].append((row, item))
    known = {name: _history(tx, name, list(by_key)) for name, by_key in keys.items()}
    for name, by_key in sorted(keys.items()):
        for key, pairs in by_key.items():
            pairs.sort(key=lambda pair: pair[0].sequence)
            yield Line.of(known[name].get(key, ()), (row.id for row, _ in pairs)), pairs


def _history(tx: Transaction, collection: str, keys: Sequence[str]) -> Mapping[str, list[Past]]:
    known: dict[str, list[Past]] = defaultdict(list)
    for row in revisions.history(tx, collection, keys):
        known[row.key].append(row)
    return known


def _out(
    tx: Transaction, collection: str, key: str, revision: str | None
) -> Sequence[LedgeredItem]:
    """Return the revisions of an item, the published one last; nobody changes them meanwhile.

    Raises:
        NotPublished: there is no such item in the catalogue, or another revision of it.
    """
    _alone(tx, {collection})
    known = revisions.out(tx, collection, key)
    if not known or known[-1].state != ItemState.PUBLISHED:
        raise NotPublished(
            f"expected a published item, came {collection}/{key}; `inlet catalog search "
            f"{collection}` lists those that are"
        )
    if revision not in (None, known[-1].revision):
        raise NotPublished(
            f"expected {collection}/{key}@{revision}, now {known[-1].revision} is out"
        )
    return known


def _mark(tx: Transaction, known: Sequence[LedgeredItem], gone: Gone) -> Changes:
    row, version = known[-1], _versions(known)[-1]
    stac = marked(row.stac, gone, tx.now)
    revisions.mark(tx, row.id, stac, why_kept(stac))
    return Changes(shown=(Shown(stac, version),))


def _versions(known: Sequence[LedgeredItem]) -> list[Version]:
    return line(known[-1].key, [row.revision for row in known])


def _alone(tx: Transaction, collections: set[str]) -> None:
    """Keep other publishers of these collections out until the end: none overtakes another."""
    for collection in sorted(collections):
        alone(tx.connection, lock_of(collection))


def _lost(tx: Transaction, row: LedgeredItem) -> LostClaim:
    return LostClaim(
        f"item {row.id}: expected it judged and still claimed by {tx.owner}; another worker "
        "moved it on. Nothing was changed here"
    )


def _outcome(row: ItemId, why: CatalogError | LostClaim | None, late: set[ItemId]) -> Outcome:
    if why is not None:
        return Outcome(row, Result.REFUSED, why)
    return Outcome(row, Result.SUPERSEDED if row in late else Result.PUBLISHED)
