"""Maps: rasters in degrees with a graticule, and fields on the plane of their own projection."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from hooks.workflows.drawing import caption
from hooks.workflows.drawing.ground import position
from hooks.workflows.drawing.palette import Palette, palette_of
from hooks.workflows.drawing.raster import Raster
from hooks.workflows.drawing.style import INK, SOFT, calm

_STEPS_DEGREES = (60, 30, 20, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)
_LEAST_LINES = 4
_ISOLINE_COUNT = 12


def draw_raster(
    axes: Axes, raster: Raster, field: xr.DataArray, land: Raster | None = None
) -> None:
    """Draw a raster with meridians and parallels, and the coasts where a land mask is at hand."""
    box, values = raster.box, np.ma.masked_invalid(raster.values)
    palette = palette_of(field, raster.values)
    extent = (box.west, box.east, box.south, box.north)
    image = axes.imshow(
        values,
        extent=extent,
        cmap=palette.colours,
        norm=palette.scale,
        interpolation="nearest",
        aspect=_aspect(raster),
    )
    line = palette.line_colour(raster.values)
    if palette.has_isolines and raster.is_smooth:
        _isolines(axes, raster, palette)
    if land is not None:
        x, y = box.columns(land.values.shape[1]), box.rows(land.values.shape[0])
        axes.contour(x, y, land.values, levels=[0.5], colors=INK, linewidths=0.7, alpha=0.8)
    axes.set_xticks(*_ticks(box.west, box.east, _meridian))
    axes.set_yticks(*_ticks(box.south, box.north, _parallel))
    axes.grid(color=line, linewidth=0.6, alpha=0.45)
    calm(axes)
    _colour_bar(axes, image, palette, field)


def draw_plane(axes: Axes, field: xr.DataArray) -> None:
    """Draw a field on the plane of its projection; meridians and parallels become curves."""
    field = _upright(field)
    palette = palette_of(field, field.values)
    image = axes.imshow(
        np.ma.masked_invalid(field.values),
        origin="lower",
        cmap=palette.colours,
        norm=palette.scale,
        interpolation="nearest",
        aspect="equal",
    )
    latitude, longitude = position(field, "latitude"), position(field, "longitude")
    if latitude is not None and longitude is not None:
        line = palette.line_colour(field.values)
        _curved_graticule(axes, latitude.values, longitude.values, line)
    axes.set_xticks([])
    axes.set_yticks([])
    calm(axes)
    _colour_bar(axes, image, palette, field)


def _upright(field: xr.DataArray) -> xr.DataArray:
    """Turn rows so that they go up the page, and columns so that they go to the right."""
    for dimension in field.dims:
        along = field[dimension].values
        if along.size > 1 and along[0] > along[-1]:
            field = field.isel({dimension: slice(None, None, -1)})
    return field


def _aspect(raster: Raster) -> float:
    """Return how much taller than wide a degree is drawn: true in the middle of a region."""
    box = raster.box
    if box.east - box.west > 180.0:  # noqa: PLR2004 - half of the globe is no region any more
        return 1.0
    middle = np.radians((box.south + box.north) / 2)
    return float(1.0 / max(np.cos(middle), 0.2))


def _isolines(axes: Axes, raster: Raster, palette: Palette) -> None:
    rows, columns = raster.values.shape
    box = raster.box
    levels = MaxNLocator(_ISOLINE_COUNT).tick_values(palette.low, palette.high)
    axes.contour(
        box.columns(columns),
        box.rows(rows),
        np.ma.masked_invalid(raster.values),
        levels=levels,
        colors="white",
        linewidths=0.7,
        alpha=0.75,
    )


def _curved_graticule(
    axes: Axes, latitudes: np.ndarray, longitudes: np.ndarray, line: str
) -> None:
    middle = _middle_longitude(longitudes)
    east = (longitudes - middle + 180.0) % 360.0 - 180.0
    # where longitude jumps by a turn, a contour would draw a bundle of lines
    seam = np.zeros(east.shape, dtype=bool)
    seam[:, 1:] |= np.abs(np.diff(east, axis=1)) > 180.0  # noqa: PLR2004 - half a turn
    seam[1:, :] |= np.abs(np.diff(east, axis=0)) > 180.0  # noqa: PLR2004 - half a turn
    meridians = _lines(float(east.min()) + middle, float(east.max()) + middle)
    parallels = _lines(float(latitudes.min()), float(latitudes.max()))
    for field, levels, name in (
        (np.ma.masked_where(seam, east + middle), meridians, _meridian),
        (latitudes, parallels, _parallel),
    ):
        if len(levels):
            lines = axes.contour(field, levels=levels, colors=line, linewidths=0.6, alpha=0.55)
            labels = axes.clabel(lines, fmt=name, fontsize=8.5, colors=INK, inline=False)
            for label in labels:
                label.set_path_effects([patheffects.withStroke(linewidth=2.5, foreground="white")])


def _middle_longitude(longitudes: np.ndarray) -> float:
    turned = np.exp(1j * np.radians(longitudes)).mean()
    return float(np.degrees(np.angle(turned)))


def _lines(low: float, high: float) -> np.ndarray:
    """Return the round degrees between two, at least a handful."""
    for step in _STEPS_DEGREES:
        lines = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
        if lines.size >= _LEAST_LINES:
            break
    return lines


def _ticks(low: float, high: float, name: Callable[[float], str]) -> tuple[np.ndarray, list[str]]:
    lines = _lines(low, high)
    return lines, [name(line) for line in lines]


def _meridian(degrees: float) -> str:
    turned = (degrees + 180.0) % 360.0 - 180.0
    if turned in {0.0, -180.0}:
        return f"{abs(turned):g}°"
    return f"{abs(turned):.6g}°{'E' if turned > 0 else 'W'}"


def _parallel(degrees: float) -> str:
    return "0°" if degrees == 0 else f"{abs(degrees):.6g}°{'N' if degrees > 0 else 'S'}"


def _colour_bar(axes: Axes, image: AxesImage, palette: Palette, field: xr.DataArray) -> None:
    axes.apply_aspect()
    place = axes.get_position()
    figure = axes.figure
    bar_axes = figure.add_axes((place.x1 + 0.016, place.y0, 0.014, place.height))
    bar = figure.colorbar(image, cax=bar_axes, extend=palette.extend, extendfrac=0.03)
    bar.outline.set_visible(False)
    bar_axes.tick_params(colors=SOFT, labelsize=9.5, length=0, pad=5)
    bar_axes.set_title(
        caption.unit(field.attrs.get("units")), color=INK, fontsize=11, loc="left", pad=9
    )
