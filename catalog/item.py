"""A judged cube as a STAC 1.1 item: the same facts always give the same item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

import orjson

from catalog.assets import (
    ALTERNATES_SCHEMA,
    CF_SCHEMA,
    FILE_SCHEMA,
    XARRAY_SCHEMA,
    ZARR_SCHEMA,
    Attachment,
    GrowingCube,
    Href,
    describe_assets,
)
from catalog.bands import SCHEMA as RASTER_SCHEMA
from catalog.datacube import SCHEMA as DATACUBE_SCHEMA
from catalog.datacube import describe_cube
from catalog.forecast import SCHEMA as FORECAST_SCHEMA
from catalog.forecast import describe_forecast
from catalog.geometry import footprint, normalised
from catalog.projection import SCHEMA as PROJECTION_SCHEMA
from catalog.storage import SCHEMA as STORAGE_SCHEMA
from catalog.storage import describe_storage, referred
from catalog.times import to_text
from catalog.versions import SCHEMA as VERSION_SCHEMA
from lake.nouns import Cube, Granule, Item, Verdict, Waiver, Window

STAC_VERSION = "1.1.0"
SOFTWARE = {"inlet": version("inlet")}
_EXTENSIONS = (
    DATACUBE_SCHEMA,
    FILE_SCHEMA,
    "https://stac-extensions.github.io/processing/v1.2.0/schema.json",
    PROJECTION_SCHEMA,
    "https://stac-extensions.github.io/timestamps/v1.1.0/schema.json",
    VERSION_SCHEMA,
    XARRAY_SCHEMA,
    ZARR_SCHEMA,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which revision of which item: the STAC id is the key, the version is the revision."""

    collection: str
    key: str
    revision: str


@dataclass(frozen=True, slots=True)
class Stamps:
    """When the item first came out, and when this revision of it did."""

    created: datetime
    published: datetime


def describe(
    identity: Identity,
    cube: Cube,
    verdict: Verdict,
    granules: Sequence[Granule],
    *,
    window: Window,
    stamps: Stamps,
    href: Href,
    attachments: Sequence[Attachment] = (),
    waiver: Waiver | None = None,
    growing: GrowingCube | None = None,
    outside: str | None = None,
    endpoint: str = "",
    facility: str = "Inlet",
) -> Item:
    """Return the STAC item of one revision.

    ``href`` turns a location in the lake into what xarray opens (``store.url``). A cube without
    time takes the ``window`` of its offer. A ``waiver`` is told of where the verdict is not
    "passed". ``growing`` is the collection's growing cube, which holds the item; ``outside`` is
    why it does not. ``endpoint`` is the S3 service that keeps the lake (``store.endpoint``). The
    item is placed under its collection by a link as the static catalogue lays files out.
    """
    assets = referred(describe_assets(cube, granules, attachments, href, growing))
    stac = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": _extensions(cube, assets),
        "id": identity.key,
        "collection": identity.collection,
        **_place(cube),
        "properties": {
            **_stamps(stamps),
            "version": identity.revision,
            **_processing(facility),
            **_of_cube(cube, verdict, granules, window),
            **_waiver(waiver),
            **_growth(growing, outside),
            **describe_storage(assets, endpoint),
        },
        "links": [collection_link(), *_sources(granules)],
        "assets": assets,
    }
    return Item(identity.collection, identity.key, identity.revision, orjson.dumps(stac).decode())


def _place(cube: Cube) -> dict[str, Any]:
    bbox = normalised(cube.bbox)
    return {"geometry": footprint(bbox), "bbox": list(bbox)}


def _processing(facility: str) -> dict[str, Any]:
    return {"processing:facility": facility, "processing:software": SOFTWARE}


def _of_cube(
    cube: Cube, verdict: Verdict, granules: Sequence[Granule], window: Window
) -> dict[str, Any]:
    """Return what the cube itself tells: its time, its lineage, its quality, its dimensions."""
    return {
        **_times(cube, window),
        **_lineage(cube, granules),
        **describe_forecast(cube.hypercubes),
        **_quality(cube, verdict),
        **(describe_cube(cube.hypercubes[0]) if len(cube.hypercubes) == 1 else {}),
    }


def _extensions(cube: Cube, assets: dict[str, Any]) -> list[str]:
    more = [FORECAST_SCHEMA] if describe_forecast(cube.hypercubes) else []
    if any("cf:parameter" in asset for asset in assets.values()):
        more.append(CF_SCHEMA)
    if any("bands" in asset for asset in assets.values()):
        more.append(RASTER_SCHEMA)
    if any("alternate" in asset for asset in assets.values()):
        more.append(ALTERNATES_SCHEMA)
    if any("storage:refs" in asset for asset in assets.values()):
        more.append(STORAGE_SCHEMA)
    return sorted([*_EXTENSIONS, *more])


def _lineage(cube: Cube, granules: Sequence[Granule]) -> dict[str, Any]:
    """Return from which bytes the cube was made: address and multihash of each, and its own."""
    made_of = sorted({(g.part, g.source, g.digest) for g in granules})
    many = f"{len(made_of)} granules" if len(made_of) > 1 else "one granule"
    return {
        "processing:lineage": f"Converted from {many} to the Zarr cube {cube.digest}.",
        "inlet:lineage": {
            "from": [{"part": p, "href": s, "file:checksum": d} for p, s, d in made_of],
            "to": cube.digest,
        },
    }


def _times(cube: Cube, window: Window) -> dict[str, Any]:
    start, end = cube.start or window.start, cube.end or window.end
    return {
        "datetime": to_text(start) if start == end else None,
        "start_datetime": to_text(start),
        "end_datetime": to_text(end),
    }


def _stamps(stamps: Stamps) -> dict[str, Any]:
    published = to_text(stamps.published)
    return {"created": to_text(stamps.created), "updated": published, "published": published}


def _quality(cube: Cube, verdict: Verdict) -> dict[str, Any]:
    """Return what the gate said and what is not in the cube; nothing is dropped in silence."""
    return {
        "inlet:suite": f"{verdict.suite}@{verdict.version}",
        "inlet:passed": verdict.passed,
        "inlet:expectations": len(verdict.findings),
        "inlet:grids": sorted({hypercube.grid for hypercube in cube.hypercubes}),
        "inlet:variables": sorted({v.name for h in cube.hypercubes for v in h.variables}),
        "inlet:left_out": [{"where": left.where, "reason": left.reason} for left in cube.left_out],
    }


def _waiver(waiver: Waiver | None) -> dict[str, Any]:
    """Return who let the item out though the gate said no, when, why, and in spite of what."""
    if waiver is None:
        return {}
    against = [
        {
            "check": finding.expectation,
            "subject": finding.subject,
            "expected": finding.expected,
            "observed": finding.observed,
        }
        for finding in waiver.findings
    ]
    said = {"by": waiver.by, "at": to_text(waiver.at), "reason": waiver.reason}
    return {"inlet:waiver": {**said, "findings": against}}


def _growth(growing: GrowingCube | None, outside: str | None) -> dict[str, Any]:
    """Return with which snapshot the growing cube took the item in, or why it did not."""
    told = {"inlet:snapshot": growing.snapshot if growing else None, "inlet:outside": outside}
    return {name: value for name, value in told.items() if value}


def collection_link() -> dict[str, Any]:
    """Return the link to its collection that an item has to have."""
    return {"rel": "collection", "href": "../collection.json", "type": "application/json"}


def _sources(granules: Sequence[Granule]) -> list[dict[str, Any]]:
    """Return a link to where each granule came from, where that is an address."""
    sources = sorted({(g.source, g.media_type) for g in granules if "://" in g.source})
    return [
        {"rel": "via", "href": source, "type": media_type, "title": "Where a granule came from"}
        for source, media_type in sources
    ]
