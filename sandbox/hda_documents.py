"""What the Harmonised Data Access lists, and how it writes items and orders (STAC 1.1.0)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from sandbox import stac_documents
from sandbox.holdings import era5
from sandbox.orders import Json
from sandbox.showing import Shown, Stated
from sandbox.stac_documents import link
from sandbox.stac_query import BACKENDS, WORLD, BadQuery, Search, parse_time
from sandbox.stock import SLSTR, TICKS


class Access(Enum):
    """How products are had: at once, or after an order of one or of whatever is asked."""

    AT_ONCE = auto()
    ORDERED = auto()
    ERA5 = auto()
    CLIMATE = auto()


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection, the provider behind it, and what it is called on the shelf here."""

    id: str
    backend: str
    access: Access
    source: str


COLLECTIONS: Mapping[str, Collection] = {
    c.id: c
    for c in (
        Collection(TICKS, "sandbox", Access.AT_ONCE, TICKS),
        Collection("sandbox-archive", "sandbox_archive", Access.ORDERED, TICKS),
        Collection("EO.EUM.DAT.SENTINEL-3.SL_2_WST___", "eumetsat", Access.AT_ONCE, SLSTR),
        Collection(
            "EO.ECMWF.DAT.REANALYSIS_ERA5_SINGLE_LEVELS",
            "cop_cds",
            Access.ERA5,
            era5.SINGLE_LEVELS,
        ),
        Collection(
            "EO.ECMWF.DAT.D1.DT_CLIMATE.G1.SCENARIOMIP_SSP3-7.0_IFS-NEMO.R1",
            "dedt_lumi",
            Access.CLIMATE,
            "climate-dt",
        ),
    )
}
_OF_THE_TWIN = {
    "class": "d1",
    "dataset": "climate-dt",
    "activity": "ScenarioMIP",
    "experiment": "SSP3-7.0",
    "model": "IFS-NEMO",
    "generation": "1",
    "realization": "1",
    "resolution": "standard",
    "stream": "clte",
    "type": "fc",
    "expver": "0001",
    "levtype": "sfc",
}


_KEYS = {
    Access.ERA5: ("variable", "pressure_level", "time", "area", "grid"),
    Access.CLIMATE: ("param", "time", "levelist", *_OF_THE_TWIN),
}


def keys_of(collection: Collection) -> tuple[str, ...]:
    """What an archive's search may ask for besides the days."""
    return tuple(f"ecmwf:{key}" for key in _KEYS.get(collection.access, ()))


def item(here: str, data: str, collection: Collection, shown: Shown) -> Json:
    """A product that is listed; its asset is ``downloadLink``, or an order leads to it."""
    product, is_ordered = shown.product, collection.access is Access.ORDERED
    described = stac_documents.item(here, data, shown)
    url = f"{data}/{collection.backend}/{collection.id}/{product.id}/downloadLink"
    is_at_hand = not (is_ordered or shown.is_offline)
    asset = stac_documents.asset(url, product.media_type, shown.stated)
    return {
        **described,
        "stac_version": "1.1.0",
        "collection": collection.id,
        "properties": {
            **stac_documents.properties(shown),
            "order:status": "succeeded" if is_at_hand else "orderable",
            BACKENDS: [collection.backend],
        },
        "links": _links(
            here, collection, product.id, {"product": product.id} if is_ordered else None
        ),
        "assets": {} if is_ordered else {"downloadLink": asset},
    }


def placeholder(here: str, collection: Collection, search: Search) -> Json:
    """The one item that stands for whatever an archive could make of the search.

    Raises BadQuery where the search has no first or last day.
    """
    start, end = _span(search)
    body = _request(collection, search, start, end)
    name = f"{collection.id.rpartition('.')[2]}_ORDERABLE_{_digest(body)}"
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": name,
        "collection": collection.id,
        "bbox": list(WORLD),
        "geometry": stac_documents.WORLD_POLYGON,
        "properties": {
            "datetime": f"{start.isoformat()[:19]}Z",
            "start_datetime": f"{start.isoformat()[:19]}Z",
            "end_datetime": f"{end.isoformat()[:19]}Z",
            "order:status": "orderable",
            BACKENDS: [collection.backend],
            **{f"ecmwf:{key}": value for key, value in body.items()},
        },
        "links": _links(here, collection, name, body),
        "assets": {},
    }


def ordered(
    here: str, collection: Collection, order_id: str, status: str, placed: datetime
) -> Json:
    """An order, as the item that it is going to be."""
    stamp = f"{placed:%Y-%m-%dT%H:%M:%S}Z"
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "id": order_id,
        "collection": collection.id,
        "bbox": list(WORLD),
        "geometry": stac_documents.WORLD_POLYGON,
        "properties": {"datetime": stamp, "order:status": status, BACKENDS: [collection.backend]},
        "links": _links(here, collection, order_id, None),
        "assets": {},
    }


def download_link(
    data: str, collection: Collection, order_id: str, stated: Stated, media_type: str
) -> Json:
    """The asset of an order that has succeeded."""
    url = f"{data}/{collection.backend}/{collection.id}/{order_id}/downloadLink"
    return stac_documents.asset(url, media_type, stated)


def _links(here: str, collection: Collection, name: str, body: Json | None) -> list[Json]:
    url = f"{here}/collections/{collection.id}"
    found = [
        link("self", f"{url}/items/{name}", "application/geo+json"),
        link("collection", url),
        link("root", here),
    ]
    if body is not None:
        order = link("retrieve", f"{url}/order", "application/geo+json")
        found.append({**order, "method": "POST", "body": body})
    return found


def _request(collection: Collection, search: Search, start: datetime, end: datetime) -> Json:
    """The body of the order; lists come sorted as strings, as the real service writes them."""
    asked = {
        name.removeprefix("ecmwf:"): _sorted(condition.get("eq"))
        for name, condition in (search.query or {}).items()
        if name != BACKENDS
    }
    last = max(start, end - timedelta(microseconds=1))
    if collection.access is Access.ERA5:
        days = f"{start:%Y-%m-%d}/{last:%Y-%m-%d}"
        return {**asked, "dataset": collection.source, "date": days}
    return {**_OF_THE_TWIN, **asked, "date": f"{start:%Y%m%d}/to/{last:%Y%m%d}"}


def _digest(body: Json) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:40]


def _sorted(value: object) -> Any:  # noqa: ANN401 - as it was asked, lists sorted
    return sorted({str(v) for v in value}) if isinstance(value, list) else value


def _span(search: Search) -> tuple[datetime, datetime]:
    first, _, last = (search.datetime or "").partition("/")
    if {first, last} & {"", ".."}:
        raise BadQuery(f"expected datetime as first/last, came {search.datetime!r}")
    return parse_time(first).astimezone(UTC), parse_time(last).astimezone(UTC)
