"""Curves: what has no place on a map, along its longest dimension."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from hooks.workflows.drawing import caption
from hooks.workflows.drawing.style import LINE, SOFT, calm

_CURVE, _AREA = "#2f6f9f", "#cfe1ee"
_MOST_DOTS = 60


def draw_curve(axes: Axes, field: xr.DataArray) -> None:
    """Draw a one-dimensional array against its coordinate, or against the count of its values."""
    along = field[field.dims[0]]
    x, y = along.values, field.values.astype("f8")
    if along.dtype.kind not in "iufM":
        x = np.arange(y.size)
    marker = "o" if y.size <= _MOST_DOTS else ""
    axes.plot(x, y, color=_CURVE, linewidth=1.8, marker=marker, markersize=4)
    low, high = axes.get_ylim()
    axes.fill_between(x, y, low, color=_AREA, alpha=0.5, linewidth=0)
    axes.set_ylim(low, high)
    if along.dtype.kind == "M" and y.size > 1:
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]  # matplotlib has no types here
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]  # likewise
    axes.set_xlabel(_label(along), color=SOFT, fontsize=10.5)
    axes.set_ylabel(caption.unit(field.attrs.get("units")), color=SOFT, fontsize=10.5)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.margins(x=0.01)
    calm(axes)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _label(along: xr.DataArray) -> str:
    if along.dtype.kind == "M":
        return "UTC"
    name = str(along.attrs.get("long_name") or along.name).replace("_", " ")
    unit = caption.unit(along.attrs.get("units"))
    return f"{name} ({unit})" if unit else name
