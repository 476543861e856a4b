"""The quicklook: a picture of an item's first field, so that people see what came."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import xarray as xr

from hooks.errors import WorkflowFailed
from hooks.workflows.drawing.choice import choose, first_field, rank
from hooks.workflows.drawing.picture import picture

CUBE_ASSET = "cube"
ZARR_MEDIA_TYPES = ("application/vnd.zarr", "application/vnd+zarr", "application/x-zarr")


def run(event_data_json: str, into: Path) -> Path:
    """Draw the item that an event carries; return ``into/quicklook.png``.

    Of the item's Zarr assets (``cube``, then others with the role ``data``), the one is drawn
    whose variable people know best: an item of several groups has no variable at its root.

    Raises:
        WorkflowFailed: the item has no Zarr asset that holds anything to draw.
    """
    item = json.loads(event_data_json)
    hrefs = list(dict.fromkeys(_cubes(item.get("assets", {}))))
    ranked = [(found, href) for href in hrefs if (found := rank(_open(href, ""))) is not None]
    if not ranked:
        raise WorkflowFailed(
            f"{item.get('id')}: expected a Zarr asset with something to draw, came "
            f"{hrefs or 'none'}; name it `cube`, or give it Zarr's media type and role `data`"
        )
    _, best = min(ranked, key=lambda pair: pair[0])
    return draw(best, "", None, into / "quicklook.png")


def draw(store_url: str, group: str, variable: str | None, into: Path) -> Path:
    """Draw one variable of a Zarr group as a PNG of 1200 by 650 pixels at ``into``; return it.

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
    # a group below the root has no consolidated metadata of its own
    dataset: xr.Dataset = xr.open_zarr(
        store, group=group or None, chunks=None, consolidated=False, decode_timedelta=False
    )
    return dataset


def _cubes(assets: dict[str, dict[str, Any]]) -> Iterator[str]:
    if CUBE_ASSET in assets:
        yield assets[CUBE_ASSET]["href"]
    for asset in assets.values():
        is_zarr = str(asset.get("type", "")).startswith(ZARR_MEDIA_TYPES)
        if is_zarr and "data" in asset.get("roles", ()):
            yield asset["href"]
