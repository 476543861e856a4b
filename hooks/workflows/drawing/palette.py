"""Colours for quantities: which map of colours, and over which range."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, PowerNorm
from numpy.typing import NDArray

MISSING_COLOUR = "#e4e8ec"
_COLOURS = 256
_TAIL_PERCENT = 0.5
"""Share of the cells at each end that may lie beyond the scale, so that outliers do not rule it."""

_THERMAL = LinearSegmentedColormap.from_list(
    "thermal",
    [
        *("#1b1044", "#2b3a8f", "#2f74b5", "#5aa9c9", "#a9d5d3", "#eef0d8"),
        *("#f6d78a", "#f2a65a", "#dd6a45", "#b0323c", "#6a1238"),
    ],
    N=_COLOURS,
)
_CLOUD = LinearSegmentedColormap.from_list(
    "cloud", ["#2c5d8f", "#6d93b8", "#b4c5d6", "#f7f9fb"], N=_COLOURS
)
_RAIN = LinearSegmentedColormap.from_list(
    "rain", ["#fbfcfd", "#cfe3f1", "#83bbdb", "#3a83bd", "#1c4f96", "#2a1f66"], N=_COLOURS
)
_ICE = LinearSegmentedColormap.from_list("ice", ["#12416b", "#4f90bd", "#f4fafd"], N=_COLOURS)

_BY_WORD = (
    (("wind_speed", "gust"), "mako_like"),
    (("dew_point",), "thermal"),
    (("temperature",), "thermal"),
    (("precipitation", "rainfall", "snowfall", "runoff"), "rain"),
    (("sea_ice", "snow"), "ice"),
    (("cloud",), "cloud"),
    (("humidity", "water_vapor", "soil"), "YlGnBu"),
    (("pressure", "geopotential", "geopotential_height"), "cividis"),
    (("radi", "shortwave", "longwave"), "inferno"),
    (("altitude",), "gist_earth"),
)
_OWN = {"thermal": _THERMAL, "cloud": _CLOUD, "rain": _RAIN, "ice": _ICE}
_DIVERGING_WORDS = ("eastward", "northward", "anomaly", "tendency", "vorticity", "divergence")
_ISOLINE_WORDS = ("pressure", "geopotential")
