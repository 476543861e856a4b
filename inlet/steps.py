"""The steps of a harvest as plain functions over ids. The ledger is the state.

Each step claims what it works on, leaves it in the next state or with the reason why not, and
returns what came through. Any of them may be run twice, killed anywhere, and run again.
"""

from collections.abc import Sequence

from catalog import export
from catalog.template import StacTemplate
from harvesters import discovery, landing, ordering
from harvesters.discovery import Found
from hooks import dispatcher
from hooks.dispatcher import Dispatched
from inlet import conversion, judgement, publication, targets
from inlet.house import House
from lake.ledger import assembly, items, offers, work
from lake.ledger import schema as tables
from lake.ledger.states import ItemState, OfferState
from lake.nouns import ItemId, OfferId, Window


def revive(house: House, collection: str) -> None:
    """Give what failed another chance; what is invalid stays so."""
    with house.ledger.begin() as tx:
        work.revive(tx, tables.offer, collection)
        work.revive(tx, tables.item, collection)


def discover(house: House, collection: str, window: Window) -> Found:
    """Note all that the first source of a collection has in ``window``.

    Raises:
        HarvestError: the provider could not be asked; the window's record says why.
        PortfolioBroken, UnknownCollection: the collection's file cannot be used.
    """
    source = house.portfolio.collection(collection).sources[0]
    return discovery.discover(house.ledger, house.gateway, collection, source, window)


def unfinished_offers(house: House, collection: str) -> list[OfferId]:
    """Return the offers of a collection that are not at an end."""
    with house.ledger.begin() as tx:
        return offers.unfinished(tx, collection)


def place(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Place the orders that these offers need; those that need none are ready at once."""
    with house.ledger.begin() as tx:
        fresh = offers.in_state(tx, [OfferState.DISCOVERED, OfferState.ORDERING], ids)
    return ordering.place(house.ledger, house.gateway, fresh) if fresh else []


def poll(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Ask after the orders of these offers; return those that still wait."""
    with house.ledger.begin() as tx:
        ordered = offers.in_state(tx, [OfferState.ORDERED], ids)
    if not ordered:
        return []
    return list(ordering.poll(house.ledger, house.gateway, ordered).waiting)


def land(house: House, ids: Sequence[OfferId]) -> list[OfferId]:
    """Carry the bytes of ready offers into the lake, verified; return those that have landed."""
    with house.ledger.begin() as tx:
        ready = offers.in_state(tx, [OfferState.READY], ids)
    if ready:
        landing.land(house.ledger, house.gateway, house.store, ready)
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
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.CONVERTED, ItemState.JUDGED], ids)


def judge(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Let the quality gate judge the cubes of these items; return those that passed."""
    for row in ids:
        judgement.judge_item(house, row)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.JUDGED], ids)


def publish(house: House, ids: Sequence[ItemId]) -> list[ItemId]:
    """Publish these items, each with its state and its signal in one transaction."""
    for row in ids:
        publication.publish_item(house, row)
    with house.ledger.begin() as tx:
        return items.in_state(tx, [ItemState.PUBLISHED], ids)


def announce(house: House) -> Dispatched:
    """Bring the static catalogue up to date, relay the signals, run the hooks."""
    export.export(house.ledger, house.settings.catalog_root, templates(house))
    with targets.opened(house) as kinds:
        return dispatcher.dispatch(house.ledger, kinds)


def templates(house: House) -> dict[str, StacTemplate]:
    """Return how each collection of the portfolio describes itself."""
    return {name: c.stac for name, c in house.portfolio.collections.items()}
