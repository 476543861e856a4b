"""The Climate Digital Twin as Polytope hands it out: GRIB 2, CCSDS, HEALPix nested, hourly."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from sandbox.fields import Fields, Moment
from sandbox.grib import Key, Label, Template, message
from sandbox.grids import HealpixGrid
from sandbox.orders import Json, OrderMalformed, OrderRefused
from sandbox.quantities import SURFACE, UPPER, Quantity, hours_since_epoch

NSIDE_BY_RESOLUTION = {"standard": 64, "high": 128}
"""The real twin has 128 and 1024."""

LEVELS_HPA = (
    1,
    5,
    10,
    20,
    30,
    50,
    70,
    100,
    150,
    200,
    250,
    300,
    400,
    500,
    600,
    700,
    850,
    925,
    1000,
)
YEARS_BY_EXPERIMENT = {
    "hist": (1990, 2024),
    "cont": (1990, 2024),
    "Tplus2.0K": (2017, 2024),
    "SSP3-7.0": (2020, 2039),
}
MOST_FIELDS = 20_000

_HOURS = {f"{hour:02d}00": hour for hour in range(24)}

_CHOICES: Mapping[str, frozenset[str]] = {
    "class": frozenset({"d1"}),
    "dataset": frozenset({"climate-dt"}),
    "activity": frozenset(
        {"CMIP6", "ScenarioMIP", "HighResMIP", "story-nudging", "baseline", "projections"}
    ),
    "experiment": frozenset(YEARS_BY_EXPERIMENT),
    "generation": frozenset({"1", "2"}),
    "model": frozenset({"IFS-NEMO", "IFS-FESOM", "ICON"}),
    "realization": frozenset({"1", "2", "3", "4", "5"}),
    "resolution": frozenset(NSIDE_BY_RESOLUTION),
    "stream": frozenset({"clte"}),
    "type": frozenset({"fc"}),
    "expver": frozenset({"0001"}),
    "levtype": frozenset({"sfc", "pl"}),
}
_LABELS = tuple(key for key in _CHOICES if key != "levtype")
_LISTS = frozenset({"param", "date", "time", "levelist"})
_TWIN: tuple[Key, ...] = (("productionStatusOfProcessedData", 12), ("setLocalDefinition", 1))

_cloud = replace(
    SURFACE["total_cloud_cover"],
    param_id=228164,
    units="%",
    most=100,
    formula=lambda sky: 100 * SURFACE["total_cloud_cover"].formula(sky),
)
_PARAMS: Mapping[str, tuple[Quantity, ...]] = {
    "sfc": (*(q for q in SURFACE.values() if q.short_name not in {"tp", "tcc"}), _cloud),
    "pl": tuple(UPPER.values()),
}
"""The twins' tables have no parameters 228 (tp) and 164 (tcc): ecCodes finds no concept."""


@dataclass(frozen=True, slots=True)
class ClimateRequest:
    """A MARS request that the twin can meet."""

    template: Template
    quantities: tuple[Quantity, ...]
    levels: tuple[int | None, ...]
    times: tuple[datetime, ...]
    member: int

    def write(self, path: Path, fields: Fields, left_out: int = 0) -> None:
        """All messages but the last few: times outermost, then levels, then parameters."""
        count = len(self.times) * len(self.levels) * len(self.quantities)
        with path.open("wb") as target:
            target.writelines(islice(self._messages(fields), max(count - left_out, 0)))

    def _messages(self, fields: Fields) -> Iterator[bytes]:
        for time in self.times:
            for level in self.levels:
                for quantity in self.quantities:
                    moment = Moment(hours_since_epoch(time), level, self.member)
                    values = quantity.values(fields, self.template.grid, moment)
                    label = Label(quantity.param_id, time, level)
                    yield message(self.template, label, values)


def parse_climate(request: Json) -> ClimateRequest:
    """Read a MARS request. Raises an OrderError with what Polytope would say."""
    chosen = {key: _one(request, key) for key in _CHOICES}
    unknown = set(request) - set(_CHOICES) - _LISTS
    if unknown:
        raise OrderMalformed(f"Bad request: keys {sorted(unknown)} are not served here")
    levels: tuple[int | None, ...] = (None,)
    if chosen["levtype"] == "pl":
        levels = tuple(_level(text) for text in listed(request, "levelist"))
    quantities = tuple(_quantity(chosen["levtype"], text) for text in listed(request, "param"))
    hours = [_hour(text) for text in listed(request, "time")]
    times = tuple(day + timedelta(hours=hour) for day in days_of(request) for hour in hours)
    _check_archive(chosen["experiment"], times, len(levels) * len(quantities))
    member = int(chosen["realization"]) - 1
    return ClimateRequest(_template(chosen), quantities, levels, times, member)


def constraints(name: str) -> list[dict[str, list[str]]]:
    """Which choices go together in ``dataset_activity_experiment_model``; none if unknown."""
    keys, choices = ("dataset", "activity", "experiment", "model"), name.split("_")
    named = dict(zip(keys, choices, strict=False))
    if len(choices) != len(keys) or any(named[key] not in _CHOICES[key] for key in keys):
        return []
    first, last = YEARS_BY_EXPERIMENT[named["experiment"]]
    common = {
        **{key: sorted(choices) for key, choices in _CHOICES.items()},
        **{key: [choice] for key, choice in named.items()},
        "date": [f"{first}0101/to/{last}1231"],
        "time": list(_HOURS),
    }
    upper_air = {"levelist": [str(level) for level in LEVELS_HPA]}
    return [
        {
            **common,
            "levtype": [levtype],
            "param": [str(q.param_id) for q in _PARAMS[levtype]],
            **(upper_air if levtype == "pl" else {}),
        }
        for levtype in _PARAMS
    ]


def _template(chosen: Mapping[str, str]) -> Template:
    keys: tuple[Key, ...] = tuple(
        (key, int(chosen[key]) if key in {"generation", "realization"} else chosen[key])
        for key in _LABELS
    )
    nside = NSIDE_BY_RESOLUTION[chosen["resolution"]]
    return Template(2, HealpixGrid(nside, nested=True), _TWIN + keys)


def _check_archive(experiment: str, times: tuple[datetime, ...], fields_a_time: int) -> None:
    first, last = YEARS_BY_EXPERIMENT[experiment]
    expected = len(times) * fields_a_time
    found = sum(first <= time.year <= last for time in times) * fields_a_time
    if not found or found < expected:
        raise OrderRefused(f"{found} messages retrieved out of {expected} expected: no data")
    if expected > MOST_FIELDS:
        raise OrderRefused(
            f"{expected} messages are too many for one request, at most {MOST_FIELDS}"
        )


def _one(request: Json, key: str) -> str:
    if key not in request:
        raise OrderMalformed(f"Bad request: expected the key {key!r}, of {sorted(_CHOICES[key])}")
    value = ",".join(_items(request, key))
    if value not in _CHOICES[key]:
        raise OrderRefused(
            f"0 messages retrieved: {key}={value}, archived are {sorted(_CHOICES[key])}"
        )
    return value


def listed(request: Json, key: str) -> list[str]:
    """What a request names under a keyword. Raises OrderMalformed where it names nothing."""
    if not _items(request, key):
        raise OrderMalformed(f"Bad request: expected the key {key!r}, a value or a list a/b/c")
    return _items(request, key)


def _items(request: Json, key: str) -> list[str]:
    value = request.get(key, [])
    values = value if isinstance(value, list) else [value]
    return [item for v in values for item in str(v).split("/")]


def _quantity(levtype: str, text: str) -> Quantity:
    for quantity in _PARAMS[levtype]:
        if text in {str(quantity.param_id), quantity.short_name}:
            return quantity
    names = sorted(f"{q.param_id} ({q.short_name})" for q in _PARAMS[levtype])
    raise OrderRefused(f"0 messages retrieved: param={text} of {levtype}, archived are {names}")


def _level(text: str) -> int:
    if not text.isdigit() or int(text) not in LEVELS_HPA:
        raise OrderRefused(f"0 messages retrieved: levelist={text}, archived are {LEVELS_HPA}")
    return int(text)


def _hour(text: str) -> int:
    digits = text.replace(":", "").zfill(4)
    if digits not in _HOURS:
        raise OrderMalformed(f"Bad request: time={text}, expected full hours 0000 to 2300")
    return _HOURS[digits]


def days_of(request: Json) -> Iterator[datetime]:
    """The days that a request names. Raises OrderMalformed where they are no days."""
    items = listed(request, "date")
    is_span = len(items) == 3 and items[1] == "to"  # noqa: PLR2004 - first, to, last
    days = [_day(text) for text in (items[::2] if is_span else items)]
    if not is_span:
        yield from days
        return
    for offset in range((days[1] - days[0]).days + 1):
        yield days[0] + timedelta(days=offset)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text.replace("-", ""), "%Y%m%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise OrderMalformed(
            f"Bad request: date={text}, expected YYYYMMDD[/to/YYYYMMDD]"
        ) from error
