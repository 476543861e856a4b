"""As many products as one likes: each is computed when it is looked at, and never kept."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import overload

from sandbox.fields import Fields
from sandbox.holdings.products import GRIB2, Product
from sandbox.holdings.ticks import tick
from sandbox.stac_query import BadQuery, Search, parse_time

COLLECTION = "many"
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
SPACING, LATENCY = timedelta(minutes=1), timedelta(hours=1)

_LAG = {
    "datetime": timedelta(0),
    "start_datetime": timedelta(0),
    "end_datetime": timedelta(0),
    "created": LATENCY,
    "published": LATENCY,
    "updated": LATENCY,
}


@dataclass(frozen=True, slots=True)
class Many(Sequence[Product]):
    """Products by their numbers, in that order: one a minute, published an hour later."""

    fields: Fields
    numbers: range

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Product: ...
    @overload
    def __getitem__(self, index: slice) -> "Many": ...
    def __getitem__(self, index: int | slice) -> "Product | Many":
        if isinstance(index, slice):
            return Many(self.fields, self.numbers[index])
        return _product(self.fields, self.numbers[index])

    def select(self, search: Search) -> "Many":
        """Those that match, in order. Raises BadQuery for what would need a look at each."""
        numbers = self.numbers
        if search.ids is not None:
            numbers = _of_ids(numbers, search.ids)
        if search.datetime is not None:
            numbers = _overlapping(numbers, search.datetime)
        for name, condition in (search.query or {}).items():
            for relation, operand in condition.items():
                stamp = name.removeprefix("properties.")
                numbers = _narrowed(numbers, stamp, relation, parse_time(str(operand)))
        return Many(self.fields, _sorted(numbers, search))


def _narrowed(numbers: range, name: str, relation: str, time: datetime) -> range:
    if name not in _LAG:
        raise BadQuery(f"many is searched by {sorted(_LAG)}, came {name!r}")
    wanted = time - _LAG[name]
    below, upto = (side(numbers, wanted, key=_time) for side in (bisect_left, bisect_right))
    spans = {
        "gte": numbers[below:],
        "gt": numbers[upto:],
        "lt": numbers[:below],
        "lte": numbers[:upto],
        "eq": numbers[below:upto],
    }
    if relation not in spans:
        raise BadQuery(f"expected an operator of {sorted(spans)}, came {relation!r}")
    return spans[relation]


def _overlapping(numbers: range, interval: str) -> range:
    first, _, last = interval.partition("/")
    last = last if "/" in interval else first
    if first not in {"", ".."}:
        numbers = _narrowed(numbers, "datetime", "gte", parse_time(first))
    if last not in {"", ".."}:
        numbers = _narrowed(numbers, "datetime", "lte", parse_time(last))
    return numbers


def _of_ids(numbers: range, ids: list[str]) -> range:
    known = [n for n in (_number(text) for text in ids) if n in numbers]
    if len(known) > 1:
        raise BadQuery(f"many is searched by one id at a time, came {len(known)}")
    return range(known[0], known[0] + 1) if known else range(0)


def _number(text: str) -> int:
    digits = text.removeprefix(f"{COLLECTION}-")
    return int(digits) if digits.isdigit() else -1


def _sorted(numbers: range, search: Search) -> range:
    for key in search.sortby or []:
        name = key.field.removeprefix("properties.")
        if name not in {*_LAG, "id"}:
            raise BadQuery(f"many is sorted by {sorted({*_LAG, 'id'})}, came {name!r}")
        return numbers[::-1] if key.direction == "desc" else numbers
    return numbers


def _time(number: int) -> datetime:
    return FIRST + number * SPACING


def _product(fields: Fields, number: int) -> Product:
    time, name = _time(number), f"{COLLECTION}-{number:07d}"
    return Product(
        collection=COLLECTION,
        id=name,
        file_name=f"{name}.grib2",
        media_type=GRIB2,
        start=time,
        end=time,
        published=time + LATENCY,
        updated=time + LATENCY,
        source=tick(fields, time),
        title=name,
    )
