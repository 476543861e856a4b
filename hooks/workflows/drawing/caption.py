"""The words of a picture: what is shown, in which unit, when and where."""

import re
from collections.abc import Iterator

import numpy as np
import xarray as xr
from numpy.typing import NDArray

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_EXPONENT = re.compile(r"(?<=[A-Za-z])(?:\*\*|\^)?(-?\d+)\b")
_UNITLESS = frozenset({"1", "-", "", "(0 - 1)", "~"})
_WORDS = {"degc": "°C", "celsius": "°C", "degrees": "°", "degree": "°"}
_WITHOUT_NAME = frozenset({"air_pressure"})
_PLACES = frozenset({"level", "height", "depth", "member", "number"})
_LONGEST_TITLE = 70


def title(field: xr.DataArray) -> str:
    """Return what is shown: the long name with a capital, else the variable's own name."""
    name = str(field.attrs.get("long_name") or field.attrs.get("standard_name") or field.name)
    name = name.replace("_", " ").strip()
    name = name if len(name) <= _LONGEST_TITLE else name[: _LONGEST_TITLE - 1].rstrip() + "…"
    return name[:1].upper() + name[1:]


def unit(text: object) -> str:
    """Return a unit as people write it: ``m s-1`` becomes ``m s⁻¹``; nothing for a bare number."""
    plain = str(text or "").strip()
    if plain in _UNITLESS:
        return ""
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    return _EXPONENT.sub(lambda found: found.group(1).translate(_SUPERSCRIPTS), plain)


def subtitle(field: xr.DataArray) -> str:
    """Return the valid time, then the level, member and the like, as far as they are known."""
    return "  ·  ".join([*_times(field), *_places(field)])


def _scalars(field: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    for name, coordinate in field.coords.items():
        if coordinate.ndim == 0 and "grid_mapping_name" not in coordinate.attrs:
            yield str(name), coordinate


def _times(field: xr.DataArray) -> Iterator[str]:
    along = field[field.dims[0]]
    if along.dtype.kind == "M":
        yield " to ".join(_time_text(moment) for moment in (along.values[0], along.values[-1]))
        return
    moments = {name: c for name, c in _scalars(field) if c.dtype.kind == "M"}
    valid = [c for c in moments.values() if c.attrs.get("standard_name") == "time"]
    named = [moments[name] for name in ("valid_time", "time") if name in moments]
    for moment in [*valid, *named][:1]:
        if not np.isnat(moment.values):
            yield _time_text(moment.values)


def _places(field: xr.DataArray) -> Iterator[str]:
    for name, coordinate in _scalars(field):
        standard_name = coordinate.attrs.get("standard_name", name)
        is_level = coordinate.attrs.get("axis") == "Z" or "positive" in coordinate.attrs
        is_told = is_level or standard_name == "realization" or name in _PLACES
        if coordinate.dtype.kind not in "iuf" or not is_told:
            continue
        value = f"{float(coordinate):g} {unit(coordinate.attrs.get('units'))}".strip()
        yield value if standard_name in _WITHOUT_NAME else f"{name.replace('_', ' ')} {value}"


def _time_text(value: NDArray[np.datetime64] | np.datetime64) -> str:
    return f"{np.datetime_as_string(value, unit='m')} UTC".replace("T", " ", 1)
