"""The steps of a harvest as plain functions over ids. The ledger is the state.

Each step claims what it works on, leaves it in the next state or with the reason why not, and
returns what came through. Any of them may be run twice, killed anywhere, and run again.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from catalog import events, export
from harvesters import cursor, failover, landing, ordering
from harvesters.discovery import Found
from harvesters.selection import Selection
from hooks import dispatcher
from hooks.dispatcher import Dispatched
from inlet import conversion, growing, judgement, pictures, publication, signalling, targets
from inlet.house import House
from inlet.scope import Scope
from lake.errors import LostClaim
from lake.ledger import assembly, coverage, items, mending, offers, outbox, progress, scopes, work
from lake.ledger import schema as tables
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId, OfferId, Window


@dataclass(frozen=True, slots=True)
class Run:
    """One harvest of a collection: its name, unlike any other's, and when it began."""

    collection: str
    name: str
    began: datetime
    window: Window | None = None


def seek(house: House, scope: Scope) -> Found:
    """Note all that a harvest is about; of a part of it, open again what failed before.

    What failed of a whole collection is opened by ``revive``.

    Raises:
        HarvestError: no provider could be asked to the end; the windows' records say why.
        PortfolioBroken, UnknownCollection: the collection's file cannot be used.
    """
    found = discover(house, scope.collection, scope.window, scope.beginning, scope.selection)
    if scope.alone or scope.force:
        _reopen(house, scope.known_by(found.keys))
    return found


def to_carry(house: House, scope: Scope) -> list[OfferId]:
    """Return the offers of a harvest that are not at an end."""
    if not scope.alone:
        return unfinished_offers(house, scope.collection)
    with house.ledger.begin() as tx:
        coverage.uncover(tx, scope.collection)
        return offers.in_state(tx, offers.UNFINISHED, _offers_of(tx, scope))


def to_refine(house: House, scope: Scope) -> list[ItemId]:
    """Return the item revisions of a harvest that are on their way."""
    unfinished = unfinished_items(house, scope.collection)
    if not scope.alone:
        return unfinished
    with house.ledger.begin() as tx:
        mine = set(scopes.items(tx, scope.collection, _offers_of(tx, scope)))
    return [row for row in unfinished if row in mine]


def _offers_of(tx: Transaction, scope: Scope) -> list[OfferId]:
    return scopes.offers(tx, scope.collection, scope.window, scope.keys)


def _reopen(house: House, scope: Scope) -> None:
    """Give what failed another chance, and where all is to be fetched again, send it back."""
    with house.ledger.begin() as tx:
        coverage.retire(tx, scope.collection)
        mine = _offers_of(tx, scope)
        work.revive(tx, tables.offer, scope.collection, mine)
        work.revive(tx, tables.item, scope.collection, scopes.items(tx, scope.collection, mine))
        landed = offers.in_state(tx, [OfferState.LANDED], mine) if scope.force else []
    for row in landed:
        with house.ledger.begin() as tx, suppress(LostClaim):
            mending.reopen_offer(tx, row, "to be fetched again, as somebody asked")


def revive(house: House, collection: str) -> None:
    """Give what failed another chance, but not what another provider stands in for."""
    with house.ledger.begin() as tx:
        coverage.retire(tx, collection)
        work.revive(tx, tables.offer, collection)
        work.revive(tx, tables.item, collection)


def discover(
    house: House,
    collection: str,
    window: Window | None = None,
    beginning: datetime | None = None,
    selection: Selection | None = None,
) -> Found:
    """Note all that a collection's provider has in ``window``, or since its cursor.

    The sources are asked in order of preference until one answers; ``beginning`` is where a
    cursor begins that is not there yet. Of a ``selection`` only what it takes is noted.

    Raises:
        HarvestError: no provider could be asked to the end; the windows' records say why.
        PortfolioBroken, UnknownCollection: the collection's file cannot be used.
    """
    sources = house.portfolio.collection(collection).sources
    return failover.discover(
        house.ledger, house.gateway, collection, sources, window, beginning, selection
    )


def stand_in(house: House, scope: Scope) -> list[OfferId]:
    """Ask further sources for what ended badly at those before; return what there is to carry."""
    sources = house.portfolio.collection(scope.collection).sources
    failover.stand_in(house.ledger, house.gateway, scope.collection, sources)
    return to_carry(house, scope)


def advance(house: House, collection: str) -> None:
    """Move the collection's cursors past what is durably accounted for."""
    for source in house.portfolio.collection(collection).sources:
        cursor.advance(house.ledger, collection, source)


def unfinished_offers(house: House, collection: str) -> list[OfferId]:
    """Return the offers of a collection that are not at an end."""
    with house.ledger.begin() as tx:
        coverage.uncover(tx, collection)
        return offers.unfinished(tx, collection)


def carry(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Do now what can be done: order, ask after, land; return those that are not at an end.

    What waits (for an order, a quota, its next try) is carried by another call.
    """
    place(house, ids)
    poll(house, ids)
    land(house, ids)
    with house.ledger.begin() as tx:
        return offers.in_state(tx, offers.UNFINISHED, ids)


def order(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Place orders and ask after them; return the offers that are not ready to be landed yet."""
    place(house, ids)
    poll(house, ids)
    with house.ledger.begin() as tx:
        return offers.in_state(tx, ordering.ON_THE_WAY, ids)


def place(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Place the orders that these offers need; those that need none are ready at once."""
    with house.ledger.begin() as tx:
        fresh = offers.in_state(tx, [OfferState.DISCOVERED, OfferState.ORDERING], ids)
    return ordering.place(house.ledger, house.gateway, fresh, house.quotas) if fresh else []


def poll(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Ask after the orders of these offers that are due; return those that are not ready yet."""
    with house.ledger.begin() as tx:
        waiting = offers.in_state(tx, ordering.ON_THE_WAY, ids)
    if not waiting:
        return []
    return list(ordering.poll(house.ledger, house.gateway, waiting, house.quotas).waiting)


def land(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Carry the bytes of ready offers into the lake, verified; return those that have landed."""
    with house.ledger.begin() as tx:
        ready = offers.in_state(tx, [OfferState.READY], ids)
    if ready:
        landing.land(house.ledger, house.gateway, house.store, ready, house.quotas)
    with house.ledger.begin() as tx:
        return offers.in_state(tx, [OfferState.LANDED], ids)


def assemble(house: House, collection: str) -> list[ItemId]:
    """Make item revisions of landed offers whose item has all its parts."""
    parts = house.portfolio.collection(collection).parts
    with house.ledger.begin() as tx:
        return assembly.assemble(tx, assembly.waiting(tx, collection), parts)


def unfinished_items(house: House, collection: str) -> list[ItemId]:
    """Return the item revisions of a collection that are on their way."""
    with house.ledger.begin() as tx:
        return items.unfinished(tx, collection)


def convert(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Turn the granules of these items into Zarr cubes; return those that have one."""
    for row in ids:
        conversion.convert_item(house, row)
    _tell(house, "convert", ids)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.CONVERTED, ItemState.JUDGED], ids)


def judge(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Let the quality gate judge the cubes of these items; return those that passed."""
    with pictures.ahead(house) as draw:
        for row in ids:
            if passed := judgement.judge_item(house, row):
                draw(passed)
    _tell(house, "judge", ids)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.JUDGED], ids)


def grow(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Copy judged items into the growing cubes of their collections, where the recipe wants one.

    Returns those that may be published: they are inside, or outside for a reason.
    """
    growing.grow(house, ids)
    return growing.settled(house, ids)


def publish(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Publish these items, each with its state and its signal in one transaction."""
    publication.publish_items(house, growing.settled(house, ids))
    _tell(house, "publish", ids)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.PUBLISHED], ids)


def conclude(house: House, run: Run, reason: str | None = None) -> None:
    """Signal that a harvest came to its end; ``reason`` is why it failed, None where it did not.

    The same run again signals nothing.
    """
    with house.ledger.begin() as tx:
        ended = events.HarvestEnded(
            collection=run.collection,
            run=run.name,
            began=run.began,
            start=run.window.start if run.window else None,
            end=run.window.end if run.window else None,
            published=progress.published_since(tx, run.collection, run.began),
            left_out=progress.left_out_since(tx, run.collection, run.began),
            reason=reason,
        )
        outbox.append(tx, events.harvest_ended(ended, tx.now))


def alert(house: House, what: events.Alert) -> None:
    """Signal that somebody should look; the same occasion again signals nothing."""
    with house.ledger.begin() as tx:
        outbox.append(tx, events.alert(what, tx.now))


def announce(house: House) -> Dispatched:
    """Retract what is offered no more, relay signals, run hooks, write the static catalogue."""
    publication.heed_withdrawals(house)
    relayed = relay(house)
    export.export(house.ledger, house.settings.catalog_root, house.templates)
    return relayed


def relay(house: House) -> Dispatched:
    """Relay the signals that wait, and run the hooks.

    Where Kafka relays, the hooks are run by those who listen to it.
    """
    if house.settings.kafka:
        signalling.relay_now(house)
        return Dispatched()
    with targets.opened(house) as kinds:
        return dispatcher.dispatch(house.ledger, kinds)


def _tell(house: House, step: str, ids: Sequence[ItemId]) -> None:
    if house.settings.lineage:
        from inlet.observability import lineage  # noqa: PLC0415 - only where it is wanted

        lineage.tell(house.ledger, house.settings.lineage, step, ids)
