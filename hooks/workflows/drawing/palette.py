"""Colours for quantities: which map of colours, and over which range."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, PowerNorm
from numpy.typing import NDArray

MISSING_COLOUR = "#e4e8ec"

_TAIL_PERCENT = 0.5
"""Share of cells at each end that may lie beyond the scale, so that outliers do not rule it."""
_BOTH_SIGNS = 0.2
"""From which share of the larger side on the smaller one makes a quantity two-sided."""
_RAIN_EXPONENT = 0.5
"""Little rain is common and much is rare: its scale grows as a root."""
_LEAST_RAIN = 1e-9
_LIGHT = 0.8


def _blend(name: str, *colours: str) -> Colormap:
    return LinearSegmentedColormap.from_list(name, list(colours), N=256)


_THERMAL = _blend(
    "thermal",
    *("#1b1044", "#2b3a8f", "#2f74b5", "#5aa9c9", "#a9d5d3", "#eef0d8"),
    *("#f6d78a", "#f2a65a", "#dd6a45", "#b0323c", "#6a1238"),
)
_RAIN = _blend("rain", "#fbfcfd", "#cfe3f1", "#83bbdb", "#3a83bd", "#1c4f96", "#2a1f66")
_CLOUD = _blend("cloud", "#2c5d8f", "#6d93b8", "#b4c5d6", "#f7f9fb")
_ICE = _blend("ice", "#12416b", "#4f90bd", "#f4fafd")
_WIND = _blend("wind", "#f4f6ee", "#b9dcc0", "#5fb3a5", "#2a7f8e", "#27507d", "#2f1e56")
_HEIGHT = _blend("height", "#241b47", "#374f86", "#4f86a0", "#86b8a6", "#cfdcae", "#f6efcf")
_TWO_SIDED = _blend(
    "two_sided", "#123a63", "#3f83b5", "#a9cde0", "#f5f5f2", "#f1c39c", "#cf7345", "#6d2413"
)

_BY_WORD: tuple[tuple[str, Colormap], ...] = (
    ("temperature", _THERMAL),
    ("precipitation", _RAIN),
    ("rainfall", _RAIN),
    ("snowfall", _RAIN),
    ("eastward", _TWO_SIDED),
    ("northward", _TWO_SIDED),
    ("anomaly", _TWO_SIDED),
    ("tendency", _TWO_SIDED),
    ("vorticity", _TWO_SIDED),
    ("divergence", _TWO_SIDED),
    ("wind", _WIND),
    ("sea_ice", _ICE),
    ("snow", _ICE),
    ("cloud", _CLOUD),
    ("humidity", colormaps["YlGnBu"]),
    ("water", colormaps["YlGnBu"]),
    ("pressure", _HEIGHT),
    ("geopotential", _HEIGHT),
    ("wave_flux", colormaps["inferno"]),
    ("altitude", colormaps["gist_earth"]),
)
_ISOLINES = ("pressure", "geopotential")


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """How the values of one field become colours.

    ``extend`` says on which ends the scale leaves values out, as matplotlib writes it.
    """

    colours: Colormap
    scale: Normalize
    low: float
    high: float
    extend: str
    has_isolines: bool

    def line_colour(self, values: NDArray[Any]) -> str:
        """Return a colour for lines that shows on most of these values."""
        typical = self.scale(np.nanmedian(values)) if np.isfinite(values).any() else 1.0
        red, green, blue, _ = self.colours(typical)
        is_light = 0.3 * red + 0.59 * green + 0.11 * blue > _LIGHT
        return "#7b8794" if is_light else "#ffffff"


def palette_of(field: xr.DataArray, values: NDArray[Any]) -> Palette:
    """Return the colours of a field by what it is, over the range that its values take."""
    words = f"{field.attrs.get('standard_name', '')} {field.attrs.get('long_name', '')}".lower()
    words = words.replace(" ", "_")
    low, high = _range(values)
    colours = next((colours for word, colours in _BY_WORD if word in words), None)
    is_two_sided = min(-low, high) > _BOTH_SIGNS * max(-low, high)
    if is_two_sided and (colours is None or colours is _WIND):
        colours = _TWO_SIDED
    colours = colours or colormaps["viridis"]
    if colours is _TWO_SIDED:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    if colours is _RAIN:
        low, high = 0.0, max(high, _LEAST_RAIN)
    scale = Normalize if colours is not _RAIN else partial(PowerNorm, _RAIN_EXPONENT)
    return Palette(
        colours=colours.with_extremes(bad=MISSING_COLOUR),
        scale=scale(low, high),
        low=low,
        high=high,
        extend=_extend(values, low, high),
        has_isolines=any(word in words for word in _ISOLINES),
    )


def _range(values: NDArray[Any]) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = np.percentile(known, [_TAIL_PERCENT, 100 - _TAIL_PERCENT])
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return float(low), float(high)


def _extend(values: NDArray[Any], low: float, high: float) -> str:
    known = values[np.isfinite(values)]
    if not known.size:
        return "neither"
    # rounding alone puts no value beyond the scale
    slack = 1e-6 * (high - low)
    below, above = known.min() < low - slack, known.max() > high + slack
    return {(True, True): "both", (True, False): "min", (False, True): "max"}.get(
        (bool(below), bool(above)), "neither"
    )
