"""The quicklook: a picture of an item's first field, so that people see what came."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import xarray as xr

from catalog.tree import file_name
from hooks.errors import WorkflowFailed
from hooks.workflows.drawing.choice import choose, first_field, rank
from hooks.workflows.drawing.picture import picture

CUBE_ASSET = "cube"
ZARR_MEDIA_TYPES = ("application/vnd.zarr", "application/vnd+zarr", "application/x-zarr")


def run(event_data_json: str, into: Path) -> Path:
    """Draw the item that an event carries; return ``into/<collection>/<item id>.png``.

    Of the item's Zarr assets (``cube``, then others with the role ``data``), the one is drawn
    whose variable people know best: an item of several groups has no variable at its root.

    Raises:
        WorkflowFailed: the item has no Zarr asset that holds anything to draw.
    """
    item = json.loads(event_data_json)
    hrefs = list(dict.fromkeys(_cubes(item.get("assets", {}))))
    ranks = {href: rank(_open(href, "")) for href in hrefs}
    drawable = [href for href in hrefs if ranks[href] is not None]
    if not drawable:
        raise WorkflowFailed(
            f"{item.get('id')}: expected a Zarr asset with something to draw, came {hrefs or 'none'}; "
            "name the store `cube`, or give it the role `data` and the media type of Zarr"
        )
    best = min(drawable, key=lambda href: ranks[href] or 0)
    folder = into / file_name(str(item.get("collection") or "items"))
    return draw(best, "", None, folder / f"{file_name(str(item['id']))}.png")


def draw(store_url: str, group: str, variable: str | None, into: Path) -> Path:
    """Draw one variable of a Zarr group as a PNG of 1200 × 650 pixels at ``into``; return it.

    The first time, level and member is drawn: as a map where the group says where its cells lie
    (latitude and longitude, a projection, reduced Gaussian, HEALPix), as a curve elsewhere. With
    no ``variable``, the one that people know best is chosen. The same cube gives the same bytes.

    Raises:
        WorkflowFailed: the group has no such variable, or none that can be drawn.
    """
    dataset = _open(store_url, group)
    array = choose(dataset, variable)
    if array is None:
        raise WorkflowFailed(
            f"{store_url}: expected {variable or 'a numeric array'} in group {group or '/'!r}, "
            f"came {sorted(map(str, dataset.data_vars)) or 'no variable'}; name one of them"
        )
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_bytes(picture(first_field(array), dataset))
    return into


def _open(store_url: str, group: str) -> xr.Dataset:
    parts = urlsplit(store_url)
    store = unquote(parts.path) if parts.scheme == "file" else store_url
    return xr.open_zarr(store, group=group or None, chunks=None, decode_timedelta=False)


def _cubes(assets: dict[str, dict[str, Any]]) -> Iterator[str]:
    if CUBE_ASSET in assets:
        yield assets[CUBE_ASSET]["href"]
    for asset in assets.values():
        is_zarr = str(asset.get("type", "")).startswith(ZARR_MEDIA_TYPES)
        if is_zarr and "data" in asset.get("roles", ()):
            yield asset["href"]
