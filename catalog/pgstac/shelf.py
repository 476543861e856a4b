"""Items onto pgstac's shelves, by its own loader, within a transaction that somebody else began.

What is new goes straight into its partition while the next item is still being made out; what is
there already is taken out first and follows. Nothing is widened here: that would hold readers up.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any
from urllib.parse import quote

import orjson
import shapely
from psycopg_pool import ConnectionPool
from pypgstac.db import PgstacDB
from pypgstac.hydration import dehydrate
from pypgstac.load import Loader, Methods

from catalog.errors import Contended, Unaccepted
from catalog.line import Shown
from catalog.pgstac.door import Connection
from catalog.times import from_text

Json = dict[str, Any]

_UNUSED = ConnectionPool(min_size=0, max_size=1, open=False)
"""pypgstac opens one of its own otherwise, whose threads stay."""
_WGS84 = 4326
_SPLIT = """
UPDATE collections SET partition_trunc = %(by)s
WHERE id = %(name)s AND partition_trunc IS DISTINCT FROM %(by)s
"""
_REMOVE = "DELETE FROM items WHERE collection = %s AND id = ANY(%s)"
_ANY = "SELECT FROM items WHERE collection = %s LIMIT 1"
_PRESENT = "SELECT id FROM items WHERE collection = %s AND id = ANY(%s)"


class _Loader(Loader):
    """Loads once, and widens nothing: the whole transaction is tried again, not its last part."""

    load_partition = Loader.load_partition.__wrapped__

    def __init__(self, connection: Connection, name: str) -> None:
        super().__init__(PgstacDB(pool=_UNUSED, connection=connection))
        self._base, _, self.is_split, self._base_id = self.collection_json(name)

    def add(self, items: Iterable[Json]) -> None:
        """Load items that are not there yet; where all lie in one partition, each as it comes."""
        rows: Iterable[Json] = map(self.format_item, items)
        if self.is_split:
            rows = sorted(rows, key=self._partition_update)
        for name, some in groupby(rows, self._partition_update):
            self.load_partition(self._partition_cache[name], some, Methods.insert)

    def format_item(self, _item: Any) -> Json:  # noqa: ANN401 - as pypgstac has it
        """Return a row as pypgstac makes it, in a third of its time."""
        content = dehydrate(self._base, _item)
        id_, collection = content.pop("id"), _item["collection"]
        geometry, private = content.pop("geometry"), content.pop("private", None)
        content.pop("collection", None)
        if self._base_id is not None:
            content["pgstac:base_item"] = self._base_id
        return {
            "id": id_,
            "collection": collection,
            "datetime": _as_compared(_item["properties"]["start_datetime"]),
            "end_datetime": _as_compared(_item["properties"]["end_datetime"]),
            "geometry": _ewkb(orjson.dumps(geometry)),
            "content": orjson.dumps(content).decode(),
            "private": None if private is None else orjson.dumps(private).decode(),
        }

    def _partition_update(self, item: Json) -> str:
        name = super()._partition_update(item)
        if self._partition_cache[name].requires_update:
            raise Contended(f"expected room for {item['id']} in the partition {name}, came none")
        return name


def put(connection: Connection, name: str, ids: Iterable[str], shown: Iterable[Shown]) -> None:
    """Have items of a collection in pgstac, of which those of ``ids`` may be there already.

    Raises:
        Contended: there is no room for the time of one of them.
        Unaccepted: one of them lies nowhere.
    """
    loader = _Loader(connection, name)
    present = {row[0] for row in connection.execute(_PRESENT, (name, list(ids)))}
    again: list[Json] = []
    loader.add(_new(shown, present, again))
    if again:
        remove(connection, name, [stac["id"] for stac in again])
        loader.add(again)


def remove(connection: Connection, name: str, ids: Iterable[str]) -> None:
    """Take items of a collection out of pgstac."""
    connection.execute(_REMOVE, (name, list(ids)))


def put_collections(connection: Connection, collections: Iterable[Json]) -> None:
    """Have these collections in pgstac as they are described here."""
    database = PgstacDB(pool=_UNUSED, connection=connection)
    Loader(database).load_collections(iter(collections), Methods.upsert)


def split(connection: Connection, name: str, by: str | None) -> None:
    """Have the items of a collection in partitions by ``year`` or ``month``, or all in one.

    Where it is kept otherwise, all its items are moved, and whoever reads them waits for that.
    """
    connection.execute(_SPLIT, {"name": name, "by": by})


def collections(connection: Connection, names: Iterable[str]) -> dict[str, Json]:
    """Return those of these collections that pgstac has, by name."""
    rows = connection.execute(
        "SELECT id, content FROM pgstac.collections WHERE id = ANY(%s)", (list(names),)
    )
    return dict(rows.fetchall())


def has_items(connection: Connection, name: str) -> bool:
    """Return whether a collection has any item in pgstac."""
    return connection.execute(_ANY, (name,)).fetchone() is not None


def _new(shown: Iterable[Shown], present: set[str], again: list[Json]) -> Iterator[Json]:
    """Give the items that are new, and lay those that may not be aside in ``again``."""
    for one in shown:
        stac = _placed(one)
        if not one.version.is_alone or stac["id"] in present:
            again.append(stac)
        else:
            yield stac


def _placed(shown: Shown) -> Json:
    """Return an item as the STAC API has it: links to its neighbours are seen from its root."""
    folder = f"collections/{quote(shown.stac['collection'])}/items"
    stac = shown.version.drawn(shown.stac, lambda other: f"{folder}/{quote(other, safe='@')}")
    return {**stac, "links": [link for link in stac["links"] if link["rel"] != "collection"]}


def _as_compared(moment: str) -> str:
    """Return a time as pypgstac writes a partition's bounds: it compares them letter by letter."""
    return from_text(moment).isoformat()


@lru_cache(maxsize=1024)
def _ewkb(geometry: bytes) -> str:
    """Return a GeoJSON geometry as PostGIS reads it; items of a collection often share theirs."""
    try:
        shape = shapely.set_srid(shapely.from_geojson(geometry), _WGS84)
    except shapely.GEOSException as error:
        raise Unaccepted(f"expected a geometry, came one that is none: {error}") from error
    return str(shapely.to_wkb(shape, hex=True, include_srid=True))
