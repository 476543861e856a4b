"""ERA5 as the Climate Data Store hands it out: GRIB 1, one hour a field, through 2024.

Analyses (``type=an``) carry their hour; precipitation is a forecast (``type=fc``) begun at 06 or
18 UTC, and its step range of one hour says when it fell
(confluence.ecmwf.int/display/CKB/ERA5: data documentation, table of accumulations).
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sandbox.fields import Fields, Moment
from sandbox.grib import Key, Label, Template, message
from sandbox.grids import RegularGrid
from sandbox.orders import Json, OrderRefused
from sandbox.quantities import SURFACE, UPPER, Quantity, hours_since_epoch

SINGLE_LEVELS = "reanalysis-era5-single-levels"
PRESSURE_LEVELS = "reanalysis-era5-pressure-levels"
DATASETS: Mapping[str, Mapping[str, Quantity]] = {SINGLE_LEVELS: SURFACE, PRESSURE_LEVELS: UPPER}
LEVELS_HPA = (10, 50, 100, 200, 250, 300, 400, 500, 600, 700, 850, 925, 1000)
YEAR = 2024
HOURS = tuple(f"{hour:02d}:00" for hour in range(24))
MOST_FIELDS = 20_000
NO_DATA = "no data is available within your requested subset. Request returned no data."

_KNOWN = {"year", "month", "day", "date", "time", "variable", "pressure_level", "area", "grid"}
_CONSTANT = {
    "product_type": {"reanalysis"},
    "data_format": {"grib"},
    "format": {"grib"},
    "download_format": {"unarchived"},
}
_LOCAL: tuple[Key, ...] = (
    ("setLocalDefinition", 1),
    ("localDefinitionNumber", 1),
    ("class", "ea"),
    ("stream", "oper"),
    ("type", "an"),
    ("expver", "0001"),
)


@dataclass(frozen=True, slots=True)
class Era5Request:
    """What was asked for and exists: every quantity at every level and time."""

    quantities: tuple[Quantity, ...]
    levels: tuple[int | None, ...]
    times: tuple[datetime, ...]
    grid: RegularGrid

    def write(self, path: Path, fields: Fields, left_out: int = 0) -> None:
        """All messages but the last few: times outermost, then levels, then quantities."""
        count = len(self.times) * len(self.levels) * len(self.quantities)
        with path.open("wb") as target:
            target.writelines(islice(self._messages(fields), max(count - left_out, 0)))

    def _messages(self, fields: Fields) -> Iterator[bytes]:
        template = Template(1, self.grid, _LOCAL, is_upper_air=self.levels != (None,))
        for time in self.times:
            for level in self.levels:
                for quantity in self.quantities:
                    moment = Moment(hours_since_epoch(time), level)
                    values = quantity.values(fields, self.grid, moment)
                    yield message(template, _label(quantity, time, level), values)


def parse_era5(dataset: str, inputs: Json) -> Era5Request:
    """Read a request as the CDS does. Raises OrderRefused with what the CDS would say."""
    known = DATASETS[dataset]
    _check_keys(inputs)
    quantities = tuple(_choose(known, name) for name in _texts(inputs, "variable"))
    levels: tuple[int | None, ...] = (None,)
    if dataset == PRESSURE_LEVELS:
        levels = tuple(_level(text) for text in _texts(inputs, "pressure_level"))
    times = _times(inputs)
    if not times or not quantities or not levels:
        raise OrderRefused(NO_DATA)
    if len(times) * len(levels) * len(quantities) > MOST_FIELDS:
        raise OrderRefused("cost limits exceeded. Your request is too large, please reduce it.")
    return Era5Request(quantities, levels, times, _grid(inputs))


def _check_keys(inputs: Json) -> None:
    for key in inputs:
        if key in _CONSTANT and not set(_texts(inputs, key)) <= _CONSTANT[key]:
            raise OrderRefused(f"{key}={inputs[key]} is not served, choose {_CONSTANT[key]}")
        if key not in _KNOWN | set(_CONSTANT):
            raise OrderRefused(f"unknown request key {key!r}, expected {sorted(_KNOWN)}")


def _choose(known: Mapping[str, Quantity], name: str) -> Quantity:
    if name not in known:
        raise OrderRefused(f"variable {name!r} is not in this dataset, choose of {sorted(known)}")
    return known[name]


def _level(text: str) -> int:
    if not text.isdigit() or int(text) not in LEVELS_HPA:
        raise OrderRefused(
            f"pressure_level {text!r} is not in this dataset, choose of {LEVELS_HPA}"
        )
    return int(text)


def _times(inputs: Json) -> tuple[datetime, ...]:
    hours = [_hour(text) for text in _texts(inputs, "time")]
    days = [day for day in _days(inputs) if day.year == YEAR]
    return tuple(sorted({day + timedelta(hours=hour) for day in days for hour in hours}))


def _hour(text: str) -> int:
    head = text.partition(":")[0][:2]
    if not head.isdigit() or int(head) > 23:  # noqa: PLR2004 - hours of a day
        raise OrderRefused(f"time {text!r} is not valid, expected 00:00 to 23:00")
    return int(head)


def _days(inputs: Json) -> Iterator[datetime]:
    if "date" in inputs:
        for text in _texts(inputs, "date"):
            yield from _span(text)
        return
    for year in _texts(inputs, "year"):
        for month in _texts(inputs, "month"):
            for day in _texts(inputs, "day"):
                if int(day) <= calendar.monthrange(int(year), int(month))[1]:
                    yield datetime(int(year), int(month), int(day), tzinfo=UTC)


def _span(text: str) -> Iterator[datetime]:
    first, *rest = text.replace("/to/", "/").split("/")
    try:
        day, last = (
            datetime.fromisoformat(t).replace(tzinfo=UTC) for t in (first, (rest or [first])[-1])
        )
    except ValueError as error:
        raise OrderRefused(
            f"date {text!r} is not valid, expected 2024-01-01/2024-01-31"
        ) from error
    while day <= last:
        yield day
        day += timedelta(days=1)


def _grid(inputs: Json) -> RegularGrid:
    try:
        step = float(_texts(inputs, "grid")[0]) if "grid" in inputs else 1.0
        if "area" not in inputs:
            return RegularGrid(step)
        north, west, south, east = (float(text) for text in _texts(inputs, "area"))
        return RegularGrid(step, north, west, south, east)
    except ValueError as error:
        raise OrderRefused(f"area or grid is not valid: {error}") from error


def _texts(inputs: Json, key: str) -> list[str]:
    value = inputs.get(key, [])
    if isinstance(value, str) and key in {"area", "grid"}:
        return value.split("/")
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def _label(quantity: Quantity, time: datetime, level: int | None) -> Label:
    if not quantity.accumulates:
        return Label(quantity.param_id, time, level)
    step = (time.hour - 6) % 12 or 12
    keys: tuple[Key, ...] = (
        ("type", "fc"),
        ("stepType", "accum"),
        ("stepRange", f"{step - 1}-{step}"),
    )
    return Label(quantity.param_id, time - timedelta(hours=step), level, keys)
