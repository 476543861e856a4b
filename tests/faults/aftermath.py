"""What has to hold after a harvest that was killed, whatever happened to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from catalog.events import ITEM_OUT
from inlet.house import House
from lake.ledger.ledger import Ledger
from lake.ledger.schema import granule, item, offer, outbox
from lake.ledger.states import ItemState, OfferState
from sandbox.client import Placed
from tests.faults.evidence import Evidence, Landed, gathered


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that has to hold, and what was found."""

    what: str
    found: object
    expected: object

    @property
    def holds(self) -> bool:
        return self.found == self.expected


def claims(
    house: House,
    expected: Mapping[str, Landed],
    orders: Mapping[str, Sequence[Placed]],
    *,
    is_whole_way: bool,
) -> tuple[Claim, ...]:
    """Look at everything: ledger, lake, the providers' order books, the outbox."""
    evidence = {name: gathered(house, name) for name in expected}
    digests = {d for landed in expected.values() for came in landed.values() for d in came}
    lake = Path(house.settings.lake_url)
    any_one = next(iter(evidence.values()))
    listed, unlisted = _more_than_one(orders["cds"]), _more_than_one(orders["polytope"])
    seconds = house.gateway.policy("polytope").order_deadline_seconds
    found = [
        *(
            Claim(f"{name}: every granule landed, with the right bytes", *_pair(e, expected[name]))
            for name, e in evidence.items()
        ),
        Claim("granules in the ledger", _granules(house.ledger), len(digests)),
        Claim("files of granules", _files(lake), len(digests)),
        Claim("offers that landed twice", sum(len(e.doubled) for e in evidence.values()), 0),
        Claim("offers that did not land", _not_landed(house.ledger), 0),
        Claim("files that are not what their name says", len(any_one.torn), 0),
        Claim("what is left in staging", len(any_one.leftovers), 0),
        Claim("what is left of transfers", _partials(lake), 0),
        Claim("cds lists its jobs: requests ordered twice", len(listed), 0),
        Claim(
            "polytope lists none: requests ordered more than twice within an order's deadline",
            _thrice(unlisted, timedelta(seconds=seconds)),
            0,
        ),
        Claim("polytope: duplicates that are not recorded", _unrecorded(house, unlisted), 0),
    ]
    if is_whole_way:
        count = sum(len(landed) for landed in expected.values())
        found += [
            Claim("items published", _published(house.ledger), count),
            Claim("signals, one for each item", _signals(house.ledger), count),
        ]
    return tuple(found)


def landed_so_far(home: Path) -> int:
    """Return how many offers have landed in the house at ``home``; 0 where there is none yet."""
    rows = select(func.count()).where(offer.c.state == OfferState.LANDED)
    if not (home / "ledger.db").exists():
        return 0
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.db'}")
    with ledger.begin() as tx:
        landed = tx.connection.execute(rows).scalar_one()
    ledger.close()
    return landed


def _pair(evidence: Evidence, expected: Landed) -> tuple[str, str]:
    landed = evidence.landed
    right = sum(landed.get(name) == digests for name, digests in expected.items())
    more = len(landed.keys() - expected.keys())
    return f"{right} and {more} more", f"{len(expected)} and 0 more"


def _more_than_one(orders: Sequence[Placed]) -> dict[str, list[datetime]]:
    """Return when each request was ordered that was ordered more than once."""
    placed: dict[str, list[datetime]] = {}
    for order in orders:
        request = json.dumps(order.request, sort_keys=True)
        placed.setdefault(request, []).append(datetime.fromisoformat(order.placed))
    return {request: sorted(times) for request, times in placed.items() if len(times) > 1}


def _thrice(ordered: Mapping[str, Sequence[datetime]], deadline: timedelta) -> int:
    """Count the requests of which a third order was placed while the first could be at work."""
    return sum(
        any(third - first < deadline for first, third in zip(times, times[2:], strict=False))
        for times in ordered.values()
    )


def _unrecorded(house: House, ordered: Mapping[str, Sequence[datetime]]) -> int:
    recorded = select(func.sum(offer.c.duplicates)).where(offer.c.collection == "polytope")
    with house.ledger.begin() as tx:
        known = tx.connection.execute(recorded).scalar() or 0
    return max(0, sum(len(times) - 1 for times in ordered.values()) - known)


def _granules(ledger: Ledger) -> int:
    with ledger.begin() as tx:
        return tx.connection.execute(select(func.count()).select_from(granule)).scalar_one()


def _not_landed(ledger: Ledger) -> int:
    rows = select(func.count()).where(offer.c.state != OfferState.LANDED)
    with ledger.begin() as tx:
        return tx.connection.execute(rows).scalar_one()


def _published(ledger: Ledger) -> int:
    rows = select(func.count()).where(item.c.state == ItemState.PUBLISHED)
    with ledger.begin() as tx:
        return tx.connection.execute(rows).scalar_one()


def _signals(ledger: Ledger) -> int:
    out = outbox.c.type.in_(ITEM_OUT)
    rows = select(func.count(outbox.c.subject.distinct())).where(out)
    with ledger.begin() as tx:
        return tx.connection.execute(rows).scalar_one()


def _files(lake: Path) -> int:
    return sum(path.is_file() for path in (lake / "granules").rglob("*"))


def _partials(lake: Path) -> int:
    return sum(path.is_file() for path in (lake / ".partial").rglob("*"))
