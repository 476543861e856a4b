"""The Extremes Digital Twin as Polytope hands it out: forecasts of GRIB 2 on a reduced grid.

What a forecast accumulates begins at step 0 and has no field there; the rest has one at each
step. The real twin has O2560 and steps to 96; here are O16, and every sixth hour to 24.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sandbox.fields import Fields, Moment
from sandbox.grib import Key, Label, Template, message
from sandbox.grids import OctahedralGrid
from sandbox.holdings.climate_dt import days_of, listed
from sandbox.orders import Json, OrderMalformed, OrderRefused
from sandbox.quantities import SURFACE, Quantity, hours_since_epoch

DATASET = "extremes-dt"
STEPS = (0, 6, 12, 18, 24)
YEARS = (2023, 2024)
QUANTITIES = tuple(q for q in SURFACE.values() if q.short_name in {"2t", "msl", "tp"})

_ONLY = {
    "class": "d1",
    "expver": "0001",
    "type": "fc",
    "stream": "oper",
    "levtype": "sfc",
}
_GRID = OctahedralGrid(16)
_MIDNIGHT = frozenset({"0", "0000", "00:00"})


@dataclass(frozen=True, slots=True)
class ExtremesRequest:
    """A MARS request that the twin can meet: what it has of it, in the order of its archive."""

    quantities: tuple[Quantity, ...]
    steps: tuple[int, ...]
    days: tuple[datetime, ...]

    def write(self, path: Path, fields: Fields, left_out: int = 0) -> None:
        """All messages but the last few; a combination that there is not is left out."""
        made = list(self._messages(fields))
        path.write_bytes(b"".join(made[: max(len(made) - left_out, 0)]))

    def _messages(self, fields: Fields) -> Iterator[bytes]:
        template = Template(2, _GRID, ())
        for day in self.days:
            for step in self.steps:
                for quantity in self.quantities:
                    if has(quantity, step):
                        yield _message(template, fields, quantity, day, step)


def has(quantity: Quantity, step: int) -> bool:
    """Whether there is a field."""
    return step > 0 or not quantity.accumulates


def parse_extremes(request: Json) -> ExtremesRequest:
    """Read a MARS request. Raises an OrderError with what Polytope would say."""
    for key, value in _ONLY.items():
        if request.get(key) != value:
            raise OrderMalformed(f"Bad request: expected {key}={value}, came {request.get(key)}")
    if set(listed(request, "time")) - _MIDNIGHT:
        raise OrderRefused("0 messages retrieved: forecasts begin at 0000")
    quantities = tuple(_quantity(text) for text in listed(request, "param"))
    steps = tuple(sorted(_step(text) for text in listed(request, "step")))
    days = tuple(day for day in days_of(request) if day.year in YEARS)
    if not (days and any(has(q, step) for q in quantities for step in steps)):
        raise OrderRefused("0 messages retrieved out of 1 expected: no data")
    return ExtremesRequest(quantities, steps, days)


def constraints() -> list[dict[str, list[str]]]:
    """Which choices go together: what accumulates has no step 0."""
    common = {key: [value] for key, value in _ONLY.items()}
    dates = [f"{YEARS[0]}0101/to/{YEARS[-1]}1231"]
    return [
        {
            **common,
            "dataset": [DATASET],
            "date": dates,
            "time": ["0000"],
            "param": [str(q.param_id) for q in QUANTITIES if q.accumulates is accumulates],
            "step": [str(step) for step in STEPS if step or not accumulates],
        }
        for accumulates in (False, True)
    ]


def _message(
    template: Template, fields: Fields, quantity: Quantity, day: datetime, step: int
) -> bytes:
    valid = day + timedelta(hours=step)
    values = quantity.values(fields, _GRID, Moment(hours_since_epoch(valid)))
    keys: tuple[Key, ...] = (("step", step),)
    if quantity.accumulates:
        keys = (("stepType", "accum"), ("stepRange", f"0-{step}"))
    return message(template, Label(quantity.param_id, day, None, keys), values)


def _quantity(text: str) -> Quantity:
    for quantity in QUANTITIES:
        if text in {str(quantity.param_id), quantity.short_name}:
            return quantity
    raise OrderRefused(f"0 messages retrieved: param={text} is not archived")


def _step(text: str) -> int:
    if not text.isdigit() or int(text) not in STEPS:
        raise OrderRefused(f"0 messages retrieved: step={text}, archived are {STEPS}")
    return int(text)
