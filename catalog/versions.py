"""How revisions of an item are told apart and linked: STAC's version extension, 1.2."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.tree import file_name

SCHEMA = "https://stac-extensions.github.io/version/v1.2.0/schema.json"
_RELATIONS = frozenset({"predecessor-version", "successor-version", "latest-version"})
_GEOJSON = "application/geo+json"

Place = Callable[[str], str]
"""Where the item of an id is, as seen from another item of its collection."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a revision knows of the others of its item, by their ids."""

    id: str
    predecessor: str | None = None
    successor: str | None = None
    latest: str | None = None  # none where it is itself the latest

    @property
    def is_alone(self) -> bool:
        """Return True where no other revision of the item is known."""
        return self.predecessor is None and self.successor is None

    def drawn(self, stac: dict[str, Any], place: Place) -> dict[str, Any]:
        """Return the item under this id, linked to the others; an older one is deprecated."""
        if self.is_alone:
            links = [link for link in stac["links"] if link["rel"] not in _RELATIONS]
            return {**stac, "id": self.id, "links": links}
        neighbours = {
            "predecessor-version": (self.predecessor, "The revision before"),
            "successor-version": (self.successor, "The revision after"),
            "latest-version": (self.latest, "The latest revision"),
        }
        links = [link for link in stac["links"] if link["rel"] not in _RELATIONS]
        links += [
            {"rel": rel, "href": place(other), "type": _GEOJSON, "title": title}
            for rel, (other, title) in neighbours.items()
            if other is not None
        ]
        properties = stac["properties"]
        if self.latest is not None:
            properties = {**properties, "deprecated": True}
        return {**stac, "id": self.id, "links": links, "properties": properties}


def line(key: str, revisions: Sequence[str]) -> list[Version]:
    """Return what each revision of an item is to the others, the oldest first.

    What lies before the first of them is not known here, nor linked.
    """
    names = [older(key, revision) for revision in revisions[:-1]] + [key]
    before, after = [None, *names[:-1]], [*names[1:], None]
    return [
        Version(name, earlier, later, latest=key if later else None)
        for name, earlier, later in zip(names, before, after, strict=True)
    ]


def older(key: str, revision: str) -> str:
    """Return the id under which a revision lives on when a newer one took its place."""
    return f"{key}@{revision}"


def in_tree(other: str) -> str:
    """Return where an item lies in the static catalogue, seen from one beside it."""
    name = file_name(other)
    return f"../{name}/{name}.json"
