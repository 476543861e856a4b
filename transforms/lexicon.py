"""What parameters are called in CF, in which unit, and between which bounds nature keeps them.

Sources: CF standard name table; ECMWF parameter database (the param ids); the bounds are wide
envelopes of records (WMO archive of extremes, model climatologies), to find what is broken rather
than what is rare.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from transforms.fields import Parameter

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """A parameter, and the bounds within which nature keeps it, in its unit."""

    parameter: Parameter
    bounds: Bounds | None


def _entries() -> Iterator[Entry]:
    table = Path(__file__).with_name("parameters.csv")
    with table.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            parameter = Parameter(
                param_id=int(row["param_id"]),
                name=row["name"],
                standard_name=row["standard_name"],
                unit=row["unit"],
                long_name=row["long_name"],
                short_name=row["short_name"],
            )
            least, greatest = row["least"], row["greatest"]
            yield Entry(parameter, (float(least), float(greatest)) if least else None)


ENTRIES = tuple(_entries())

NEVER_FALLING = frozenset(
    {8, 9, 45, 50, 57, 58, 142, 143, 144, 169, 175, 176, 178, 189, 205, 208, 210, 212, 228, 239}
    | {240, 3062, 3063, 174008, 174009, 228021, 228022, 228129, 228130, 228143, 228144}
    | {228205, 228216, 228228}
)
"""Accumulations of what only ever comes: rain, snow, melt, run-off, radiation downwards and
sunshine. Sums of fluxes that go both ways (heat, evaporation, net long-wave) may fall."""
KNOWN = {entry.parameter.param_id: entry.parameter for entry in ENTRIES}
"""By ECMWF's number, which settles names and unit: ecCodes takes 0.2 s to say them at first."""
UNKNOWN = frozenset({"unknown", "~", ""})
UNITLESS = frozenset(
    {"(0 - 1)", "Fraction", "Proportion", "dimensionless", "Numeric", "index", "Index", "0/1"}
)
SAME_UNIT = {
    "m of water equivalent": "m",
    "gpm": "m",
    "deg true": "degree",
    "degree true": "degree",
    "Degree true": "degree",
}


def bounds(standard_name: str, unit: str | None = None) -> Bounds | None:
    """Return the least and the greatest value that nature allows, or None where it is not known.

    Bounds hold in the unit of the lexicon: with another ``unit`` there are none. Where one name
    is used in several units and none is asked for, those of the first entry are returned.
    """
    spelled = None if unit is None else cf_unit(unit)
    named = [e for e in ENTRIES if e.parameter.standard_name == standard_name and e.bounds]
    for entry in named:
        if spelled in {None, entry.parameter.unit}:
            return _widest([e for e in named if e.parameter.unit == entry.parameter.unit])
    return None


def cf_unit(unit: str) -> str | None:
    """Return a GRIB unit as UDUNITS spells it, or None where it says nothing."""
    if unit in UNKNOWN:
        return None
    if unit in UNITLESS or unit.startswith("Code table"):
        return "1"
    return SAME_UNIT.get(unit, unit.replace("**", ""))


def unlisted(
    param_id: int, name: str, unit: str, long_name: str, short_name: str, numbers: str
) -> Parameter:
    """Return what a parameter that the lexicon lacks is called: by the source's own words.

    ``name`` is ecCodes' ``cfVarName``. A parameter that no table knows is named after its
    ``numbers`` (discipline, category, number), so that two of them stay two.
    """
    is_named = name not in UNKNOWN and param_id != 0
    return Parameter(
        param_id=param_id,
        name=name if is_named else f"param_{numbers}",
        standard_name=None,
        unit=cf_unit(unit),
        long_name=long_name if long_name not in UNKNOWN else f"parameter {numbers}",
        short_name=short_name,
    )


def _widest(entries: list[Entry]) -> Bounds:
    limits = [entry.bounds for entry in entries if entry.bounds is not None]
    return min(low for low, _ in limits), max(high for _, high in limits)
