"""A STAC collection: what its keeper says of it, and what its published items show."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from catalog.geometry import Box, around
from catalog.item import STAC_VERSION
from catalog.projection import SCHEMA as PROJECTION_SCHEMA
from catalog.scientific import SCHEMA as SCIENTIFIC_SCHEMA
from catalog.scientific import cite_as, describe_scientific
from catalog.search import Found
from catalog.template import StacTemplate
from catalog.times import from_text, to_text

_GLOBE: Box = (-180.0, -90.0, 180.0, 90.0)
_SUMMARISED = frozenset(
    {
        "inlet:grids",
        "inlet:variables",
        "inlet:suite",
        "processing:facility",
        "proj:code",
    }
)
_OF_A_DEFINITION = ("type", "title", "roles", "zarr:node_type", "zarr:zarr_format")
_LEAST_OF_A_DEFINITION = 2  # STAC wants no emptier one


@dataclass(slots=True)
class Overview:
    """What the items of a collection have in common, gathered one by one."""

    boxes: list[Box] = field(default_factory=list)
    start: datetime | None = None
    end: datetime | None = None
    values: dict[str, set[str]] = field(default_factory=dict)
    assets: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, collection: Mapping[str, Any]) -> Self:
        """Return what a collection that has items says already of them."""
        (box,) = collection["extent"]["spatial"]["bbox"]
        ((start, end),) = collection["extent"]["temporal"]["interval"]
        return cls(
            [(box[0], box[1], box[2], box[3])],
            None if start is None else from_text(start),
            None if end is None else from_text(end),
            {name: set(seen) for name, seen in collection.get("summaries", {}).items()},
            dict(collection.get("item_assets", {})),
        )

    def add(self, stac: Mapping[str, Any]) -> None:
        """Take an item into account."""
        west, south, east, north = stac["bbox"]
        box, times = (west, south, east, north), stac["properties"]
        start, end = from_text(times["start_datetime"]), from_text(times["end_datetime"])
        if box not in self.boxes:
            self.boxes = [around([*self.boxes, box])]
        self.start = start if self.start is None else min(self.start, start)
        self.end = end if self.end is None else max(self.end, end)
        for properties in (stac["properties"], *stac["assets"].values()):
            self._summarise(properties)
        for key in stac["assets"].keys() - self.assets.keys():
            asset = stac["assets"][key]
            definition = {n: asset[n] for n in _OF_A_DEFINITION if n in asset}
            if len(definition) >= _LEAST_OF_A_DEFINITION:
                self.assets[key] = definition

    def _summarise(self, properties: Mapping[str, Any]) -> None:
        for name in _SUMMARISED & properties.keys():
            value = properties[name]
            seen = value if isinstance(value, list) else [value]
            if texts := {one for one in seen if isinstance(one, str)}:
                self.values.setdefault(name, set()).update(texts)


def overview(items: Iterable[Found]) -> Overview:
    """Return what published items show of their collection."""
    gathered = Overview()
    for found in items:
        gathered.add(json.loads(found.stac))
    return gathered


def describe_collection(
    name: str, template: StacTemplate, seen: Overview, links: Sequence[Mapping[str, str]] = ()
) -> str:
    """Return a STAC 1.1 collection as JSON; ``links`` are those to its place and its items."""
    cited = describe_scientific(template)
    described: dict[str, Any] = {
        "type": "Collection",
        "stac_version": STAC_VERSION,
        "stac_extensions": [
            *([PROJECTION_SCHEMA] if "proj:code" in seen.values else []),
            *([SCIENTIFIC_SCHEMA] if cited else []),
        ],
        "id": name,
        "title": template.title,
        "description": template.description,
        "license": template.license,
        "keywords": list(template.keywords),
        "providers": [p.model_dump(exclude_none=True) for p in template.providers],
        **cited,
        "extent": _extent(template, seen),
        "summaries": {key: sorted(values) for key, values in sorted(seen.values.items())},
        "item_assets": dict(sorted(seen.assets.items())),
        "links": [
            *(link.model_dump(exclude_none=True) for link in template.links),
            *cite_as(template),
            *(dict(link) for link in links),
        ],
    }
    return json.dumps({key: value for key, value in described.items() if _says(key, value)})


def forgotten(name: str) -> StacTemplate:
    """Return how a collection describes itself that the portfolio knows no more."""
    return StacTemplate(title=name, description="This collection is in the portfolio no more.")


def _extent(template: StacTemplate, seen: Overview) -> dict[str, Any]:
    box = template.bbox or (seen.boxes[0] if seen.boxes else _GLOBE)
    interval = template.interval or (seen.start, seen.end)
    times = [None if moment is None else to_text(moment) for moment in interval]
    return {"spatial": {"bbox": [list(box)]}, "temporal": {"interval": [times]}}


def _says(key: str, value: object) -> bool:
    """Return False for what may be left out and says nothing: STAC wants no empty keywords."""
    return bool(value) or key in {"links", "stac_extensions"}
