"""What the dimensions and coordinates of a NetCDF file stand for, by CF's rules, then by habit."""

from typing import Any

import cftime
import numpy as np
from numpy.typing import NDArray

from transforms.plans import Attributes

TIMES = frozenset({"time", "t", "valid_time", "month", "day", "year", "date", "step"})
LEVELS = frozenset(
    {"level", "lev", "plev", "pressure", "pressure_level", "depth", "height", "z", "altitude"}
    | {"isobaric", "isobaricinhpa", "model_level", "hybrid", "deptht", "sigma", "nav_lev"}
)
MEMBERS = frozenset({"member", "number", "realization", "ensemble", "ens", "ensemble_member"})
SPATIAL = frozenset(
    {"x", "y", "lat", "lon", "latitude", "longitude", "rlat", "rlon", "i", "j", "ni", "nj"}
    | {
        "cell",
        "cells",
        "ncells",
        "values",
        "nlat",
        "nlon",
        "row",
        "rows",
        "col",
        "cols",
        "xc",
        "yc",
    }
)
STANDARD_NAMES = {
    "time": "time",
    "forecast_reference_time": "time",
    "forecast_period": "time",
    "air_pressure": "level",
    "height": "level",
    "depth": "level",
    "altitude": "level",
    "model_level_number": "level",
    "realization": "member",
    "latitude": "spatial",
    "longitude": "spatial",
    "grid_latitude": "spatial",
    "grid_longitude": "spatial",
    "projection_x_coordinate": "spatial",
    "projection_y_coordinate": "spatial",
    "healpix_index": "spatial",
}
AXIS_LETTERS = {"T": "time", "Z": "level", "X": "spatial", "Y": "spatial", "E": "member"}
NORTH = frozenset(
    {"degrees_north", "degree_north", "degrees_n", "degree_n", "degreen", "degreesn"}
)
EAST = frozenset({"degrees_east", "degree_east", "degrees_e", "degree_e", "degreee", "degreese"})
SINCE = "since"
"""What xarray takes for the mark of a time, wherever in the units it stands."""
PRESSURE_UNITS = frozenset({"pa", "hpa", "mbar", "millibar", "millibars", "mb"})


def axis_kind(name: str, attributes: Attributes) -> str:
    """Return "time", "level", "member", "spatial" or "other" for a dimension.

    ``attributes`` are those of the coordinate that has its name, empty where there is none.
    """
    standard_name = str(attributes.get("standard_name", ""))
    units = str(attributes.get("units", "")).lower()
    if standard_name in STANDARD_NAMES:
        return STANDARD_NAMES[standard_name]
    if str(attributes.get("axis", "")).upper() in AXIS_LETTERS:
        return AXIS_LETTERS[str(attributes["axis"]).upper()]
    if SINCE in units:
        return "time"
    if units in NORTH | EAST:
        return "spatial"
    if "positive" in attributes or units in PRESSURE_UNITS:
        return "level"
    kinds = {"time": TIMES, "level": LEVELS, "member": MEMBERS, "spatial": SPATIAL}
    return next((kind for kind, names in kinds.items() if name.lower() in names), "other")


def is_latitude(name: str, attributes: Attributes) -> bool:
    """Return whether a coordinate holds true latitudes."""
    return _is_position(name, attributes, "latitude", "lat", NORTH)


def is_longitude(name: str, attributes: Attributes) -> bool:
    """Return whether a coordinate holds true longitudes."""
    return _is_position(name, attributes, "longitude", "lon", EAST)


def decoded_times(values: NDArray[Any], attributes: Attributes) -> NDArray[np.datetime64] | None:
    """Return times as datetime64, or None where the units or the calendar cannot be understood.

    A day that the usual calendar does not have (30 February) becomes NaT.
    """
    units = str(attributes.get("units", ""))
    calendar = str(attributes.get("calendar", "standard")).lower()
    if SINCE not in units:
        return None
    try:
        found = cftime.num2date(np.ma.masked_invalid(values), units, calendar)
    except (ValueError, OverflowError, TypeError):
        return None
    return np.array([_moment(date) for date in np.ravel(found)], "datetime64[s]").reshape(
        np.shape(values)
    )


def retimed(values: NDArray[Any], attributes: Attributes, units: str) -> NDArray[Any] | None:
    """Return times counted in other units of the same calendar, or None where that loses any."""
    given = str(attributes.get("units", ""))
    calendar = str(attributes.get("calendar", "standard")).lower()
    try:
        dates = cftime.num2date(values, given, calendar)
        found = np.asarray(cftime.date2num(dates, units, calendar))
        again = cftime.num2date(found, units, calendar)
    except (ValueError, OverflowError, TypeError):
        return None
    return found if np.array_equal(dates, again) else None


def _moment(date: Any) -> np.datetime64:  # noqa: ANN401 - cftime has a class for each calendar
    try:
        return np.datetime64(date.isoformat()[:19], "s")
    except (AttributeError, ValueError):
        return np.datetime64("NaT", "s")


def _is_position(
    name: str, attributes: Attributes, standard_name: str, short: str, units: frozenset[str]
) -> bool:
    if "standard_name" in attributes:
        return str(attributes["standard_name"]) == standard_name
    spelled = str(attributes.get("units", "")).lower()
    return spelled in units or (not spelled and name.lower() in {short, standard_name})
