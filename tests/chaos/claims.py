"""What has to hold when all is over, whoever was killed and when."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from catalog import events
from catalog.events import Gone
from catalog.versions import older
from inlet.house import House
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from lake.nouns import Item
from tests.chaos.evidence import Evidence, Told
from tests.chaos.plan import KEEPING, Deed, End, Move, Name, ends
from tests.faults.aftermath import Claim
from tests.makers import NEW_YEAR

_OUT = (ItemState.PUBLISHED, ItemState.SUPERSEDED)
_ENDS = (*_OUT, ItemState.WITHDRAWN)


def claims(house: House, moves: Sequence[Move], found: Evidence) -> list[Claim]:
    """Look at everything."""
    return [
        *_of_ledger(moves, found),
        *_of_signals(moves, found),
        *_of_listeners(found),
        *_of_places(house, found),
    ]


def _of_ledger(moves: Sequence[Move], found: Evidence) -> Iterator[Claim]:
    fed = sum(move.deed is Deed.REVISE for move in moves)
    yield Claim("revisions in the ledger", len(found.rows), fed)
    lost = [row for row in found.rows if row.state not in _ENDS]
    yield Claim(
        "revisions that came to no end", [(r.key, str(r.state), r.reason) for r in lost], []
    )
    by_name = found.by_name()
    wrong = [
        name for name, end in ends(moves).items() if not _came_to(end, name, by_name.get(name, []))
    ]
    yield Claim("items lost, or not as their provider left them", wrong, [])


def _came_to(end: End, name: Name, rows: Sequence[LedgeredItem]) -> bool:
    if len(rows) != end.revisions:
        return False
    newest, others = rows[-1], rows[:-1]
    if any(row.state is ItemState.PUBLISHED for row in others):
        return False
    if end.is_withdrawn and name[0] != KEEPING:
        return newest.state is ItemState.WITHDRAWN
    is_out = newest.state is ItemState.PUBLISHED
    return is_out and _is_deprecated(newest.stac) == end.is_withdrawn


def _of_signals(moves: Sequence[Move], found: Evidence) -> Iterator[Claim]:
    told = {kept.signal.id for kept in found.signals}
    out = {
        row.id: {_event(row, events.CREATED), _event(row, events.UPDATED)}
        for row in found.rows
        if row.published_at is not None
    }
    silent = [row for row, names in out.items() if len(names & told) != 1]
    yield Claim("revisions published, but not signalled just once", silent, [])
    of_items = {k.signal.id for k in found.signals if k.signal.type in events.ITEM_OUT}
    empty = of_items - {name for names in out.values() for name in names}
    yield Claim("signals of what was never published", sorted(empty), [])
    by_name = found.by_name()
    gone = [by_name[name] for name, end in ends(moves).items() if end.is_withdrawn]
    untold = [rows[-1].key for rows in gone if not told.intersection(_withdrawals(rows))]
    yield Claim("items withdrawn, but not signalled", untold, [])
    waiting = [k.signal.id for k in found.signals if k.sent_at is None]
    yield Claim("signals that were not sent", waiting, [])


def _of_listeners(found: Evidence) -> Iterator[Claim]:
    told = [kept.signal.id for kept in found.signals]
    subjects = {kept.signal.id: kept.signal.subject for kept in found.signals}
    for where, heard in (("Kafka", found.records), ("the consumer", found.effects)):
        names = [one.event for one in heard]
        yield Claim(f"signals that {where} lacks", sorted({*told} - {*names}), [])
        yield Claim(f"what {where} has and nobody signalled", sorted({*names} - {*told}), [])
        first = dict.fromkeys(names)
        muddled = _differ(_by_subject(first, subjects), _by_subject(told, subjects))
        yield Claim(f"items of which {where} heard out of order", muddled, [])
    doubled = [
        name for name, count in Counter(e.event for e in found.effects).items() if count > 1
    ]
    yield Claim("effects doubled at the consumer", doubled, [])
    out = {
        f"{row.collection}/{row.key}": (row.revision, _is_deprecated(row.stac))
        for row in found.rows
        if row.state is ItemState.PUBLISHED
    }
    believed = _differ(_believed(found.effects), out)
    yield Claim("items of which the consumer believes what is not so", believed, [])


def _of_places(house: House, found: Evidence) -> Iterator[Claim]:
    shown = {
        (row.collection, _id(row)): row
        for row in found.rows
        if row.state in _OUT and row.published_at is not None
    }
    for where, stacs in (("pgstac", found.catalogue), ("the export", found.exported)):
        yield Claim(f"items that {where} lacks", sorted(shown.keys() - stacs.keys()), [])
        yield Claim(f"items that {where} has too many", sorted(stacs.keys() - shown.keys()), [])
        other = [n for n in shown.keys() & stacs.keys() if not _says(stacs[n], shown[n])]
        yield Claim(f"items that {where} has otherwise than the ledger", sorted(other), [])
    with_cube = [row for row in found.rows if row.published_at is not None]
    torn = [row.key for row in with_cube if not _is_whole(house, row, found.digests)]
    yield Claim("published cubes in S3 torn or gone", torn, [])
    hrefs = {href for stac in found.catalogue.values() for href in _hrefs(house, stac)}
    nowhere = [h for h in hrefs if h not in found.objects and h not in found.digests]
    yield Claim("assets of the catalogue that S3 lacks", sorted(nowhere), [])


def _event(row: LedgeredItem, type_: str) -> str:
    item = Item(row.collection, row.key, row.revision, "")
    return events.item_published(item, type_, NEW_YEAR, row.returns).id


def _withdrawals(rows: Iterable[LedgeredItem]) -> set[str]:
    gone = ((Gone(row.collection, row.key, row.revision, "", ""), row.returns) for row in rows)
    return {events.item_withdrawn(one, NEW_YEAR, returns).id for one, returns in gone}


def _by_subject(names: Iterable[str], subjects: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        found[subjects.get(name, "")].append(name)
    return found


def _differ(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return sorted(n for n in one.keys() | other.keys() if one.get(n) != other.get(n))


def _believed(effects: Iterable[Told]) -> dict[str, tuple[str, bool]]:
    """Return what is out, and whether deprecated, as one knows it who only listens."""
    out: dict[str, tuple[str, bool]] = {}
    for one in effects:
        if one.type in events.ITEM_OUT:
            out[one.subject] = (one.data["properties"]["version"], False)
        elif one.type == events.WITHDRAWN:
            out[one.subject] = (one.data["revision"], True)
        elif one.type == events.DELETED:
            out.pop(one.subject, None)
    return out


def _id(row: LedgeredItem) -> str:
    return row.key if row.state is ItemState.PUBLISHED else older(row.key, row.revision)


def _is_deprecated(stac: Any) -> bool:
    return bool(stac["properties"].get("deprecated"))


def _says(stac: Any, row: LedgeredItem) -> bool:
    """Return whether a place says of a revision what the ledger says."""
    properties = row.stac["properties"]
    if row.state is ItemState.SUPERSEDED:
        properties = properties | {"deprecated": True}
    return bool(stac["properties"] == properties and stac["assets"] == row.stac["assets"])


def _is_whole(house: House, row: LedgeredItem, digests: Mapping[str, str]) -> bool:
    return digests.get(house.store.url(row.cube["location"])) == row.cube["digest"]


def _hrefs(house: House, stac: Any) -> Iterator[str]:
    """Give where an item's assets lie that we made; its granules are not part of this."""
    for asset in stac["assets"].values():
        if asset["href"].startswith(house.store.url("cubes")):
            yield asset["href"]
