"""pgstac, the catalogue of the STAC API, written within the ledger's own transactions.

Its own functions are not for this: they join every item of every collection, and lock partitions
against readers. So partitions are widened ahead, alone; items go in by pypgstac's loader without
its retries (they would sleep while holding our locks); statistics wait in pgstac's queue.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
from psycopg_pool import ConnectionPool
from pypgstac.db import PgstacDB
from pypgstac.load import Loader, Methods
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from catalog import succession
from catalog.collection import Overview, describe_collection, forgotten, overview
from catalog.errors import Contended, NoCatalogue, Unaccepted
from catalog.publisher import CONFLICTS
from catalog.search import published
from catalog.succession import Changes, Outcome, Pair, Retraction, Shown
from catalog.template import StacTemplate
from catalog.times import from_text
from catalog.validation import check_collection
from lake.ledger.alone import alone
from lake.ledger.ledger import Ledger, Transaction
from lake.nouns import Item

Span = tuple[datetime, datetime]

_UNUSED = ConnectionPool(min_size=0, max_size=1, open=False)
"""pypgstac opens one of its own otherwise, whose threads stay."""

_WIDEN = """
WITH wanted AS (
  SELECT p.partition_range AS range, min(i.first) AS first, max(i.first) AS last,
         min(i.ending) AS ending, max(i.ending) AS ended
  FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS i(first, ending),
       LATERAL pgstac.partition_name(%(collection)s, i.first) AS p
  GROUP BY 1
)
SELECT pgstac.check_partition(
  %(collection)s,
  tstzrange(greatest(first - interval '1 year', lower(range)),
            least(last + interval '1 year', upper(range) - interval '1 microsecond'), '[]'),
  tstzrange(ending - interval '1 year', ended + interval '1 year', '[]'))
FROM wanted
WHERE NOT EXISTS (
  SELECT FROM pgstac.partition_stats s,
       LATERAL pgstac.partition_catalog_meta(s.partition) AS m
  WHERE s.collection = %(collection)s AND s.partition_dtrange @> first
    AND m.constraint_dtrange @> tstzrange(first, last, '[]')
    AND m.constraint_edtrange @> tstzrange(ending, ended, '[]'))
"""
_OF_THE_SERVER = frozenset({"08", "53", "57", "58"})
"""PostgreSQL's classes of errors that speak of itself: connection, room, shutdown, system."""
_REMOVE = "DELETE FROM items WHERE collection = %s AND id = %s"
_DROP_STATISTICS = """
DELETE FROM pgstac.query_queue WHERE query IN (
  SELECT query FROM pgstac.query_queue
  WHERE query LIKE 'SELECT update_partition_stats(%' FOR UPDATE SKIP LOCKED)
"""


class _Loader(Loader):
    """Loads once: the whole transaction is tried again, not its last part."""

    load_partition = Loader.load_partition.__wrapped__


@dataclass(frozen=True, slots=True)
class PgstacPublisher:
    """Publishes in the ledger and, in the same transaction, in the pgstac of its database.

    ``templates`` is how each collection describes itself; a collection comes before its items.
    """

    templates: Mapping[str, StacTemplate]
    room: dict[str, Span] = field(default_factory=dict)
    """For which times there is surely room; forgotten where it turns out that there is not."""

    def make_way(self, ledger: Ledger, items: Sequence[Item]) -> None:
        """Have the collections of these items there, and room for their times a year around."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for item in items:
            span = _span(item)
            if not self._has_room(item.collection, span):
                spans[item.collection].append(span)
        if spans:
            self._add_collections(ledger, spans)
            self._widen(ledger, spans)

    def _has_room(self, collection: str, span: Span) -> bool:
        room = self.room.get(collection)
        return room is not None and room[0] <= span[0] and span[1] <= room[1]

    def _add_collections(self, ledger: Ledger, names: Iterable[str]) -> None:
        with ledger.begin() as tx, _pgstac(tx) as connection:
            missing = sorted(set(names) - _stored(connection, names).keys())
            if missing:
                _load_collections(connection, [self._described(n, Overview()) for n in missing])

    def _widen(self, ledger: Ledger, spans: Mapping[str, Sequence[Span]]) -> None:
        with ledger.begin() as tx, _pgstac(tx) as connection:
            alone(tx.connection, "partitions of the catalogue")
            for name in sorted(spans):
                alone(tx.connection, succession.lock_of(name))
                starts, ends = (list(moments) for moments in zip(*spans[name], strict=True))
                values = {"collection": name, "starts": starts, "ends": ends}
                connection.execute(_WIDEN, values)
        for name, wanted in spans.items():
            self.room[name] = (min(start for start, _ in wanted), max(end for _, end in wanted))

    def publish(self, tx: Transaction, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
        """Publish revisions in the ledger, the outbox and pgstac."""
        changes = succession.publish(tx, batch)
        try:
            self._show(tx, changes)
        except Contended:
            self.room.clear()
            raise
        return changes.outcomes

    def retract(self, tx: Transaction, collection: str, key: str, retraction: Retraction) -> None:
        """Take an item back in the ledger, the outbox and pgstac."""
        self._show(tx, succession.retract(tx, collection, key, retraction))

    def hide(self, tx: Transaction, collection: str, key: str) -> None:
        """Take an item out of pgstac; nobody publishes there until the transaction ends."""
        alone(tx.connection, succession.lock_of(collection))
        with _pgstac(tx) as connection:
            connection.execute(_REMOVE, (collection, key))

    def tidy(self, ledger: Ledger) -> None:
        """Make extents and summaries of collections exact, and run what pgstac queued.

        What it queued of partitions' statistics would make each as narrow as its items: readers
        would wait for that, and the next publication would have to widen it again. It is dropped.
        """
        for name in sorted(self.templates):
            with ledger.begin() as tx:
                exact = self._described(name, overview(published(tx, name)))
                with _pgstac(tx) as connection:
                    _load_collections(connection, [exact])
        with ledger.begin() as tx:
            tx.connection.execute(text(_DROP_STATISTICS))
        while _run_queued(ledger):
            pass

    def _show(self, tx: Transaction, changes: Changes) -> None:
        if not changes.shown and not changes.hidden:
            return
        with _pgstac(tx) as connection:
            self._grow(connection, changes.shown)
            for collection, id_ in changes.hidden:
                connection.execute(_REMOVE, (collection, id_))
            placed = (_placed(shown) for shown in changes.shown)
            _Loader(_database(connection)).load_items(placed, Methods.upsert)

    def _grow(self, connection: "psycopg.Connection[Any]", shown: Iterable[Shown]) -> None:
        """Have extents, summaries and assets of the collections speak of these items too."""
        items: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in shown:
            items[one.stac["collection"]].append(one.stac)
        grown = []
        for name, stored in sorted(_stored(connection, items).items()):
            seen = Overview.of(stored)
            for stac in items[name]:
                seen.add(stac)
            described = self._described(name, seen)
            if described != stored:
                grown.append(described)
        if grown:
            _load_collections(connection, grown)

    def _described(self, name: str, seen: Overview) -> dict[str, Any]:
        stac = describe_collection(name, self.templates.get(name) or forgotten(name), seen)
        check_collection(stac)
        described: dict[str, Any] = orjson.loads(stac)
        return described


def open_publisher(ledger: Ledger, templates: Mapping[str, StacTemplate]) -> PgstacPublisher:
    """Return the publisher into the pgstac of the ledger's database.

    Raises:
        NoCatalogue: the ledger is not on PostgreSQL, or pgstac is not there.
    """
    backend = ledger.engine.dialect.name
    if backend != "postgresql":
        raise NoCatalogue(
            f"INLET_CATALOG=pgstac: expected a ledger on PostgreSQL, came {backend}; set "
            "INLET_LEDGER=postgresql+psycopg://…, or INLET_CATALOG=embedded"
        )
    with ledger.begin() as tx:
        found = tx.connection.execute(text("SELECT to_regclass('pgstac.collections')")).scalar()
    if found is None:
        raise NoCatalogue(
            "INLET_CATALOG=pgstac: expected pgstac in the ledger's database, came none; run "
            "`pypgstac migrate` on it (`inlet stack up` does), or set INLET_CATALOG=embedded"
        )
    return PgstacPublisher(templates)


def _run_queued(ledger: Ledger) -> bool:
    """Run one of pgstac's queued statements; return False where none is left."""
    with ledger.begin() as tx, _pgstac(tx) as connection:
        ran = connection.execute("SELECT run_queued_query(), retire_queued_queries()").fetchone()
    return bool(ran and ran[0])


@contextmanager
def _pgstac(tx: Transaction) -> Iterator["psycopg.Connection[Any]"]:
    """Give the transaction's own connection, as pgstac wants it until the transaction ends.

    Raises:
        OperationalError: the server went away, or cannot go on; no item is at fault.
        Contended, Unaccepted: as ``Publisher`` has it.
    """
    connection: Any = tx.connection.connection.driver_connection
    try:
        connection.execute(
            "SELECT set_config('pgstac.use_queue', 'true', true), "
            "set_config('timezone', 'UTC', true), "
            "set_config('search_path', 'pgstac, ' || current_setting('search_path'), true)"
        )
        yield connection
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate[:2] in _OF_THE_SERVER:
            raise OperationalError(None, None, error) from error
        kind = Contended if error.sqlstate in CONFLICTS else Unaccepted
        raise kind(
            f"expected pgstac to take it, came {error.sqlstate}: {str(error).strip()[:500]}"
        ) from error


def _span(item: Item) -> Span:
    times = orjson.loads(item.stac)["properties"]
    return from_text(times["start_datetime"]), from_text(times["end_datetime"])


def _database(connection: "psycopg.Connection[Any]") -> PgstacDB:
    return PgstacDB(pool=_UNUSED, connection=connection)


def _stored(
    connection: "psycopg.Connection[Any]", names: Iterable[str]
) -> dict[str, dict[str, Any]]:
    rows = connection.execute(
        "SELECT id, content FROM pgstac.collections WHERE id = ANY(%s)", (list(names),)
    )
    return dict(rows.fetchall())


def _load_collections(
    connection: "psycopg.Connection[Any]", collections: list[dict[str, Any]]
) -> None:
    _Loader(_database(connection)).load_collections(iter(collections), Methods.upsert)


def _placed(shown: Shown) -> dict[str, Any]:
    """Return an item as the STAC API has it: links to its neighbours are seen from its root."""
    folder = f"collections/{quote(shown.stac['collection'])}/items"
    stac = shown.version.drawn(shown.stac, lambda other: f"{folder}/{quote(other, safe='@')}")
    return {**stac, "links": [link for link in stac["links"] if link["rel"] != "collection"]}
