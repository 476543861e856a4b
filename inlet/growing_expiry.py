"""Old snapshots of growing cubes, removed once no item names them."""

from datetime import timedelta

from inlet import places
from inlet.growing import turn_at
from inlet.house import House
from lake.ledger import growth
from transforms.errors import GrowthFailed
from transforms.writers.icechunk import Expired, Main
from transforms.writers.target import Target

LEAST_AGE = timedelta(days=1)
"""So that nothing is removed that a writer who lost his turn may still be putting there."""


def expire(house: House, collection: str, age: timedelta) -> Expired:
    """Remove from a growing cube what is older than ``age`` and named by no item.

    Raises:
        GrowthFailed: another process writes it, or the storage cannot be read or written.
    """
    house.portfolio.collection(collection)
    if not house.store.exists(places.growing_cube(collection)):
        return Expired(0, 0)
    with turn_at(house, collection) as turn:
        if turn is None:
            raise GrowthFailed(
                f"expected the turn to write the growing cube of {collection}, came none: another"
                " process has it; run the same command later"
            )
        with house.ledger.begin() as tx:
            named, before = growth.named(tx, collection), tx.now - max(age, LEAST_AGE)
        place = house.store.url(places.growing_cube(collection))
        return Main.open(Target(place, house.store.options)).expire(named, before)
