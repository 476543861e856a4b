"""The steps of a harvest as plain functions over ids. The ledger is the state.

Each step claims what it works on, leaves it in the next state or with the reason why not, and
returns what came through. Any of them may be run twice, killed anywhere, and run again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog import events, export
from harvesters import cursor, failover, landing, ordering
from harvesters.discovery import Found
from hooks import dispatcher
from hooks.dispatcher import Dispatched
from inlet import conversion, judgement, publication, signalling, targets
from inlet.house import House
from lake.ledger import assembly, coverage, items, offers, outbox, progress, work
from lake.ledger import schema as tables
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId, OfferId, Window


@dataclass(frozen=True, slots=True)
class Run:
    """One harvest of a collection: its name, unlike any other's, and when it began."""

    collection: str
    name: str
    began: datetime
    window: Window | None = None


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
) -> Found:
    """Note all that a collection's provider has in ``window``, or since its cursor.

    The sources are asked in order of preference until one answers; ``beginning`` is where a
    cursor begins that is not there yet.

    Raises:
        HarvestError: no provider could be asked to the end; the windows' records say why.
        PortfolioBroken, UnknownCollection: the collection's file cannot be used.
    """
    sources = house.portfolio.collection(collection).sources
    return failover.discover(house.ledger, house.gateway, collection, sources, window, beginning)


def stand_in(house: House, collection: str) -> list[OfferId]:
    """Ask further sources for what ended badly at those before; return what there is to carry."""
    sources = house.portfolio.collection(collection).sources
    failover.stand_in(house.ledger, house.gateway, collection, sources)
    return unfinished_offers(house, collection)


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
    for row in ids:
        judgement.judge_item(house, row)
    _tell(house, "judge", ids)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.JUDGED], ids)


def publish(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Publish these items, each with its state and its signal in one transaction."""
    publication.publish_items(house, ids)
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


def announce(house: House) -> Dispatched:
    """Retract what is offered no more, write the static catalogue, relay signals, run hooks.

    Where Kafka relays, the hooks are run by those who listen to it.
    """
    publication.heed_withdrawals(house)
    export.export(house.ledger, house.settings.catalog_root, house.templates)
    if house.settings.kafka:
        signalling.relay_now(house)
        return Dispatched()
    with targets.opened(house) as kinds:
        return dispatcher.dispatch(house.ledger, kinds)


def _tell(house: House, step: str, ids: Sequence[ItemId]) -> None:
    if house.settings.lineage:
        from inlet.observability import lineage  # noqa: PLC0415 - only where it is wanted

        lineage.tell(house.ledger, house.settings.lineage, step, ids)
