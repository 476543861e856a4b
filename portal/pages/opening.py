"""How each asset of an item is opened: a few lines of Python to copy."""

from dataclasses import dataclass
from typing import Any

from catalog.assets import CUBE, ICECHUNK_MEDIA_TYPE, ZARR_MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Way:
    """An asset: what it is, where, how large, and the lines that open it, where there are such.

    ``size`` is as the item has it, which others may have written.
    """

    key: str
    title: str
    media_type: str
    href: str
    size: object
    code: str | None


def ways(stac: Any) -> list[Way]:  # noqa: ANN401 - JSON
    """Return the assets of a STAC item in its own order."""
    assets: dict[str, Any] = stac.get("assets", {})
    has_groups = sum(a.get("type") == ZARR_MEDIA_TYPE for a in assets.values()) > 1
    return [
        Way(
            key=key,
            title=str(asset.get("title") or key),
            media_type=str(asset.get("type", "")),
            href=str(asset.get("href", "")),
            size=asset.get("file:size"),
            code=_code(asset, is_tree=has_groups and key == CUBE),
        )
        for key, asset in assets.items()
    ]


def _code(asset: dict[str, Any], *, is_tree: bool) -> str | None:
    href = str(asset.get("href", ""))
    if asset.get("type") == ZARR_MEDIA_TYPE:
        return f"import xarray as xr\n\n{_opened(href, is_tree=is_tree)}"
    if asset.get("type") == ICECHUNK_MEDIA_TYPE:
        return _icechunk(href, str(asset.get("version", "")))
    return None


def _opened(href: str, *, is_tree: bool) -> str:
    if is_tree:
        return f'xr.open_datatree({href!r}, engine="zarr", chunks={{}})'
    return f"xr.open_zarr({href!r})"


def _icechunk(href: str, snapshot: str) -> str:
    place, _, path = href.partition("://")
    if path:
        bucket, _, prefix = path.partition("/")
        storage = f"{place}_storage(bucket={bucket!r}, prefix={prefix!r}, from_env=True)"
    else:
        storage = f"local_filesystem_storage({href!r})"
    return (
        "import icechunk\nimport xarray as xr\n\n"
        f"repository = icechunk.Repository.open(icechunk.{storage})\n"
        f"session = repository.readonly_session(snapshot_id={snapshot!r})\n"
        "xr.open_zarr(session.store, consolidated=False)"
    )
