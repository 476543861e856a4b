"""What lies in each place when all is over: ledger, Kafka, consumer, pgstac, S3, the export."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select, text

from catalog.cloudevents import read
from inlet import signalling
from inlet.house import House
from lake.broker import Consumer
from lake.ledger import outbox
from lake.ledger.items import LedgeredItem, ledgered
from lake.ledger.outbox import Kept
from lake.ledger.schema import item
from lake.object_store import ObjectStore
from tests.chaos.plan import COLLECTIONS, Name
from transforms.writers.target import StoredObject, sealed

_AT_ONCE = 500
_WAIT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it was met in Kafka, or as the consumer's effect kept it."""

    event: str
    type: str
    subject: str
    data: Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything, read once after the end; ``catalogue`` and ``exported`` are STAC by name."""

    rows: Sequence[LedgeredItem]
    signals: Sequence[Kept]
    records: Sequence[Told]
    effects: Sequence[Told]
    catalogue: Mapping[Name, Any]
    exported: Mapping[Name, Any]
    digests: Mapping[str, str]
    objects: frozenset[str]

    @classmethod
    def gathered(cls, house: House, inbox: Path) -> "Evidence":
        objects = frozenset(_objects(house))
        return cls(
            rows=_rows(house),
            signals=_signals(house),
            records=list(_records(house)),
            effects=effects(inbox),
            catalogue=_catalogue(house),
            exported=_exported(house.settings.catalog_root),
            digests=_digests(house, objects),
            objects=objects,
        )

    def by_name(self) -> dict[Name, list[LedgeredItem]]:
        """Return the revisions of each item, the oldest first."""
        found: dict[Name, list[LedgeredItem]] = defaultdict(list)
        for row in self.rows:
            found[row.collection, row.key].append(row)
        return found


def effects(inbox: Path) -> list[Told]:
    """Return what the consumer did, in its order; nothing where it never began."""
    if not inbox.exists():
        return []
    with closing(sqlite3.connect(f"file:{inbox}?mode=ro", uri=True, timeout=60)) as database:
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'effect'").fetchone():
            return []
        rows = database.execute("SELECT event, type, subject, data FROM effect ORDER BY turn")
        return [Told(*row[:3], json.loads(row[3])) for row in rows]


def _rows(house: House) -> list[LedgeredItem]:
    rows = select(item).order_by(item.c.collection, item.c.key, item.c.sequence)
    with house.ledger.begin() as tx:
        return [ledgered(row) for row in tx.connection.execute(rows)]


def _signals(house: House) -> list[Kept]:
    with house.ledger.begin() as tx:
        return outbox.tail(tx, 10**9)


def _records(house: House) -> Iterator[Told]:
    """Give what a newcomer meets in the topic from its beginning."""
    servers = signalling.brokers(house)
    with Consumer(servers, house.settings.kafka_items, f"newcomer {uuid4().hex}") as consumer:
        while True:
            found = consumer.take(_WAIT_SECONDS)
            for record in found:
                signal = read(record.value).signal
                yield Told(signal.id, signal.type, signal.subject, json.loads(signal.data))
            if not found and consumer.is_at_end():
                return


def _catalogue(house: House) -> dict[Name, Any]:
    rows = text("SELECT collection, id, pgstac.get_item(id, collection) AS stac FROM pgstac.items")
    with house.ledger.begin() as tx:
        tx.connection.execute(text("SET LOCAL search_path TO pgstac, public"))
        return {(row.collection, row.id): row.stac for row in tx.connection.execute(rows)}


def _exported(root: Path) -> dict[Name, Any]:
    found = {}
    for name in COLLECTIONS:
        for place in (root / name).glob("*/*.json"):
            found[name, place.stem] = json.loads(place.read_bytes())
    return found


def _objects(house: House) -> list[str]:
    store = house.store
    assert isinstance(store, ObjectStore)
    return [f"s3://{name}" for name in store.filesystem.find(store.root)]


def _digests(house: House, objects: Iterable[str]) -> dict[str, str]:
    """Return the digest of every cube in the lake, by its URL, from the bytes that lie there."""
    cubes: dict[str, list[StoredObject]] = defaultdict(list)
    found = sorted(name for name in objects if ".zarr/" in name)
    assert isinstance(house.store, ObjectStore)
    for start in range(0, len(found), _AT_ONCE):
        part = [name.removeprefix("s3://") for name in found[start : start + _AT_ONCE]]
        for name, content in house.store.filesystem.cat(part).items():
            cube, _, key = name.partition(".zarr/")
            stored = StoredObject(key, sha256(content).hexdigest(), len(content))
            cubes[f"s3://{cube}.zarr"].append(stored)
    return {url: sealed(stored).digest for url, stored in cubes.items()}
