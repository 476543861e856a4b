"""The assets of an item: the cube and its groups, what lies beside it, and what it was made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.bands import describe_bands
from catalog.datacube import describe_cube
from catalog.projection import describe_projection
from lake.nouns import Cube, Granule, Hypercube

CUBE, QUALITY, DATA_DOCS, QUICKLOOK = "cube", "quality", "datadocs", "quicklook"
GROWING = "growing"
ICECHUNK_MEDIA_TYPE = "application/vnd.zarr+icechunk"  # not registered; xpystac opens it by this
ZARR_MEDIA_TYPE = "application/vnd.zarr; version=3"
ZARR_SCHEMA = "https://stac-extensions.github.io/zarr/v1.1.0/schema.json"
FILE_SCHEMA = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
XARRAY_SCHEMA = "https://stac-extensions.github.io/xarray-assets/v1.0.0/schema.json"
ALTERNATES_SCHEMA = "https://stac-extensions.github.io/alternate-assets/v1.2.0/schema.json"
CF_SCHEMA = "https://stac-extensions.github.io/cf/v0.2.0/schema.json"
_OPEN = {"engine": "zarr", "consolidated": True, "chunks": {}}

Href = Callable[[str], str]
"""Turns a location in the lake into what xarray opens: ``store.url``."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that lies beside the cube and belongs to its item.

    ``key`` names the asset (``quality``, ``quicklook``); ``location`` is where it is in the lake.
    """

    key: str
    location: str
    media_type: str
    title: str
    roles: tuple[str, ...] = ("metadata",)
    size: int | None = None
    checksum: str | None = None  # multihash in hex


@dataclass(frozen=True, slots=True)
class GrowingCube:
    """The Icechunk repository that holds an item's steps, since its ``snapshot`` of main."""

    location: str
    snapshot: str


def quality_report(location: str) -> Attachment:
    """Return the page that shows what the quality gate found."""
    return Attachment(QUALITY, location, "text/html", "Quality report")


def data_docs(location: str) -> Attachment:
    """Return Great Expectations' own page of what it was asked and answered."""
    return Attachment(DATA_DOCS, location, "text/html", "Great Expectations Data Docs")


def quicklook(location: str) -> Attachment:
    """Return the picture of an item."""
    return Attachment(QUICKLOOK, location, "image/png", "Quicklook", ("thumbnail", "overview"))


def describe_assets(
    cube: Cube,
    granules: Sequence[Granule],
    attachments: Sequence[Attachment],
    href: Href,
    growing: GrowingCube | None = None,
) -> dict[str, Any]:
    """Return the assets of an item by key, the cube first."""
    described: dict[str, Any] = {CUBE: _cube(cube, href)}
    beside = {
        **({GROWING: _growing(growing, href)} if growing else {}),
        **{attachment.key: _attachment(attachment, href) for attachment in attachments},
        **_sources(granules, href),
    }
    for hypercube in _groups(cube):
        key = _group_key(hypercube, beside)
        described[key] = _group(hypercube, href(cube.location))
    return {**described, **beside}


def _cube(cube: Cube, href: Href) -> dict[str, Any]:
    described = {
        **_zarr(href(cube.location), "The whole cube"),
        "file:size": cube.size,
        "file:checksum": cube.digest,
        **_parameters(cube.hypercubes),
    }
    if below := _groups(cube):
        groups = ", ".join(hypercube.group for hypercube in below)
        described["description"] = f"Open it with xarray.open_datatree. Its groups: {groups}."
        return described | _overviews(cube)
    described["description"] = "Open it with xarray.open_zarr."
    for hypercube in cube.hypercubes:
        described |= {**describe_projection(hypercube), **describe_bands(hypercube)}
    return described


def _groups(cube: Cube) -> list[Hypercube]:
    """Return the hypercubes that are groups of their own below the store's root."""
    return [hypercube for hypercube in cube.hypercubes if hypercube.group]


def _overviews(cube: Cube) -> dict[str, Any]:
    """Name the groups of coarser levels, by the group that they are levels of."""
    levels = {h.group: list(h.overviews) for h in cube.hypercubes if h.overviews}
    if not levels:
        return {}
    return {"type": f"{ZARR_MEDIA_TYPE}; profile=multiscales", "inlet:overviews": levels}


def _growing(growing: GrowingCube, href: Href) -> dict[str, Any]:
    how = f"icechunk.Repository.open(…).readonly_session(snapshot_id={growing.snapshot!r}).store"
    return {
        **_zarr(href(growing.location), "The collection's growing cube"),
        "type": ICECHUNK_MEDIA_TYPE,
        "description": f"Open {how} with xarray.open_zarr or open_datatree; its branch is main.",
        "zarr:consolidated": False,
        "version": growing.snapshot,
    }


def _group(hypercube: Hypercube, store: str) -> dict[str, Any]:
    names = ", ".join(variable.name for variable in hypercube.variables)
    return {
        **_zarr(f"{store}/{hypercube.group}", f"Group {hypercube.group}: {names}"),
        **describe_cube(hypercube),
        **describe_projection(hypercube),
        **describe_bands(hypercube),
        **_parameters([hypercube]),
    }


def _zarr(href: str, title: str) -> dict[str, Any]:
    return {
        "href": href,
        "type": ZARR_MEDIA_TYPE,
        "title": title,
        "roles": ["data"],
        "zarr:consolidated": True,
        "zarr:node_type": "group",
        "zarr:zarr_format": 3,
        "xarray:open_kwargs": _OPEN,
    }


def _parameters(hypercubes: Sequence[Hypercube]) -> dict[str, Any]:
    """Return the CF standard names in a cube, as the cf extension has them."""
    units = {v.standard_name: v.unit for h in hypercubes for v in h.variables if v.standard_name}
    told = [
        {"name": name, "unit": unit} if unit else {"name": name}
        for name, unit in sorted(units.items())
    ]
    return {"cf:parameter": told} if told else {}


def _group_key(hypercube: Hypercube, beside: Mapping[str, Any]) -> str:
    taken = {CUBE, *beside}
    return f"group-{hypercube.group}" if hypercube.group in taken else hypercube.group


def _attachment(attachment: Attachment, href: Href) -> dict[str, Any]:
    described: dict[str, Any] = {
        "href": href(attachment.location),
        "type": attachment.media_type,
        "title": attachment.title,
        "roles": list(attachment.roles),
    }
    if attachment.size is not None:
        described["file:size"] = attachment.size
    if attachment.checksum is not None:
        described["file:checksum"] = attachment.checksum
    return described


def _sources(granules: Sequence[Granule], href: Href) -> dict[str, Any]:
    """Return ``source-<part>`` for each granule; further ones of a part are counted on."""
    described: dict[str, Any] = {}
    for granule in sorted(granules, key=lambda g: (g.part, g.digest)):
        first = f"source-{granule.part}"
        key, count = first, 1
        while key in described:
            count += 1
            key = f"{first}-{count}"
        described[key] = {
            "href": href(granule.location),
            "type": granule.media_type,
            "title": f"Source granule, part {granule.part}",
            "roles": ["source"],
            "file:size": granule.size,
            "file:checksum": granule.digest,
            **_at_the_provider(granule),
        }
    return described


def _at_the_provider(granule: Granule) -> dict[str, Any]:
    """Return where else the bytes are to be had, where that is an address."""
    if "://" not in granule.source:
        return {}
    return {"alternate": {"provider": {"href": granule.source, "title": "At the provider"}}}
