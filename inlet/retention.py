"""What a collection keeps, and for how long: old items are withdrawn, then their bytes removed.

What it takes out is signalled as any withdrawal is; the ledger keeps what was, and why it is no
more. Whoever is stopped in between goes on where he was.
"""

from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

import structlog

from catalog.errors import Contended, NotPublished
from catalog.publisher import retract
from catalog.succession import Manner, Retraction
from inlet import places, steps
from inlet.house import House
from lake.ledger import retention
from lake.ledger.survey import paged

_BY = "retention"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retired:
    """How many items were withdrawn, and of how many revisions the bytes were removed."""

    withdrawn: int = 0
    removed: int = 0


def retire(house: House, name: str) -> Retired:
    """Withdraw what is past its time in a collection, and remove what was withdrawn long ago."""
    kept = house.portfolio.collection(name).retention
    withdrawn = _withdraw(house, name, kept.items) if kept.items else 0
    if withdrawn:
        steps.announce(house)
    return Retired(withdrawn, _remove(house, name, kept.bytes) if kept.bytes else 0)


def _withdraw(house: House, name: str, period: timedelta) -> int:
    reason = f"{name} keeps its items for {period / timedelta(days=1):g} days after their time"
    before, done = house.ledger.clock() - period, 0
    for page in paged(
        house.ledger, lambda tx, after: retention.aged_after(tx, name, before, after)
    ):
        for row in page:
            retraction = Retraction(Manner.WITHDRAW, reason, _BY, row.revision)
            try:
                retract(house.ledger, house.publisher, name, row.key, retraction)
            except (NotPublished, Contended) as why:
                log.warning("An item was not retired", item=row.id, why=str(why))
            else:
                done += 1
    return done


def _remove(house: House, name: str, period: timedelta) -> int:
    before, done = house.ledger.clock() - period, 0
    for page in paged(
        house.ledger, lambda tx, after: retention.gone_after(tx, name, before, after)
    ):
        ids = [row.id for row in page]
        with house.ledger.begin() as tx:
            granules = retention.let_go(tx, ids)
        for key in chain((g.location for g in granules), *map(places.of_a_revision, page)):
            house.store.remove(key)
        with house.ledger.begin() as tx:
            retention.removed(tx, ids)
        done += len(ids)
    return done
