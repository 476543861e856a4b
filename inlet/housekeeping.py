"""What nobody waits for, and somebody has to do now and then."""

from inlet.house import House


def tidy(house: House) -> None:
    """Make collections exact, do what pgstac left for later, and sweep what broke off long ago.

    What was published is never touched: older revisions are part of the catalogue.
    """
    house.publisher.tidy(house.ledger)
    house.store.sweep(house.ledger.clock())
