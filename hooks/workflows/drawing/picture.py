"""Pictures as PNG: a map on a graticule, a map on its own projection, or a curve."""

import io

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from hooks.workflows.drawing import caption
from hooks.workflows.drawing.choice import is_map
from hooks.workflows.drawing.curve import draw_curve
from hooks.workflows.drawing.maps import draw_plane, draw_raster
from hooks.workflows.drawing.raster import Raster, raster_of
from hooks.workflows.drawing.style import INK, PAPER, SOFT

SIZE_PIXELS = (1200, 650)
MOST_BYTES = 300_000

_DPI = 100
_MAP = (0.06, 0.08, 0.83, 0.766)
_CURVE = (0.075, 0.11, 0.885, 0.72)
_COLOURS = (256, 96, 32, 12)
"""Sizes of a colour table, tried where the picture is too large with all of its colours."""


def picture(field: xr.DataArray, dataset: xr.Dataset) -> bytes:
    """Return a PNG of one field: the same field gives the same bytes.

    ``dataset`` is the group that it belongs to, for its grid and, where it has one, its land mask.
    """
    figure = Figure(
        figsize=(SIZE_PIXELS[0] / _DPI, SIZE_PIXELS[1] / _DPI), dpi=_DPI, facecolor=PAPER
    )
    if is_map(field):
        axes = figure.add_axes(_MAP)
        _draw_map(axes, field, dataset)
    else:
        axes = figure.add_axes(_CURVE)
        draw_curve(axes, field)
    _title(figure, axes.get_position().x0, field)
    return _encode(figure)


def _draw_map(axes: Axes, field: xr.DataArray, dataset: xr.Dataset) -> None:
    raster = raster_of(field, dataset)
    if raster is not None:
        draw_raster(axes, raster, field, _land(field, dataset))
    elif field.ndim > 1:
        draw_plane(axes, field)
    else:
        draw_curve(axes, field)


def _land(field: xr.DataArray, dataset: xr.Dataset) -> Raster | None:
    for mask in dataset.data_vars.values():
        is_mask = mask.attrs.get("standard_name") in {"land_binary_mask", "land_area_fraction"}
        if is_mask and set(field.dims) <= set(mask.dims):
            first = {dimension: 0 for dimension in mask.dims if dimension not in field.dims}
            return raster_of(mask.isel(first).transpose(*field.dims).load(), dataset)
    return None


def _title(figure: Figure, left: float, field: xr.DataArray) -> None:
    figure.text(left, 0.935, caption.title(field), color=INK, fontsize=17, fontweight="bold")
    figure.text(left, 0.89, caption.subtitle(field), color=SOFT, fontsize=11.5)


def _encode(figure: Figure) -> bytes:
    """Encode without metadata: no time, no program's name."""
    pixels = io.BytesIO()
    figure.savefig(pixels, format="rgba", dpi=_DPI, facecolor=PAPER)
    image = Image.frombytes("RGBA", SIZE_PIXELS, pixels.getvalue()).convert("RGB")
    encoded = _png(image)
    for colours in _COLOURS:
        if len(encoded) <= MOST_BYTES:
            break
        encoded = _png(image.quantize(colours, dither=Image.Dither.NONE))
    return encoded


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
