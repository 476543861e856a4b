"""pgstac, the catalogue of the STAC API, written within the ledger's own transactions.

Its own functions are not for this: they join every item of every collection, and lock partitions
against readers. So partitions are widened ahead, alone; items go in by pypgstac's loader without
its retries (they would sleep while holding our locks); statistics wait in pgstac's queue.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import text

from catalog import succession
from catalog.collection import Overview, describe_collection, forgotten, overview
from catalog.described import Pair
from catalog.errors import Contended, NoCatalogue
from catalog.line import Shown
from catalog.pgstac import shelf
from catalog.pgstac.door import entered
from catalog.search import published
from catalog.succession import Outcome, Retraction
from catalog.template import StacTemplate
from catalog.times import from_text
from catalog.validation import check_collection
from lake.ledger.alone import alone
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger, Transaction
from lake.nouns import Item

Span = tuple[datetime, datetime]

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
  tstzrange(greatest(first - interval '1 year', lower(range), '0001-01-01 00:00:00+00'),
            least(last + interval '1 year', upper(range) - interval '1 microsecond',
                  '9999-12-31 23:59:59.999999+00'), '[]'),
  tstzrange(greatest(ending - interval '1 year', '0001-01-01 00:00:00+00'),
            least(ended + interval '1 year', '9999-12-31 23:59:59.999999+00'), '[]'))
FROM wanted
WHERE NOT EXISTS (
  SELECT FROM pgstac.partition_stats s,
       LATERAL pgstac.partition_catalog_meta(s.partition) AS m
  WHERE s.collection = %(collection)s AND s.partition_dtrange @> first
    AND m.constraint_dtrange @> tstzrange(first, last, '[]')
    AND m.constraint_edtrange @> tstzrange(ending, ended, '[]'))
"""
_DROP_STATISTICS = """
DELETE FROM pgstac.query_queue WHERE query IN (
  SELECT query FROM pgstac.query_queue
  WHERE query LIKE 'SELECT update_partition_stats(%' FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class PgstacPublisher:
    """Publishes in the ledger and, in the same transaction, in the pgstac of its database.

    ``templates`` is how each collection describes itself; a collection comes before its items.
    """

    templates: Mapping[str, StacTemplate]
    roomy: set[str] = field(default_factory=set)
    """Collections that have room for what comes, until it turns out that one has not."""

    def make_way(self, ledger: Ledger, items: Sequence[Item]) -> None:
        """Have the collections of these items there, and room for their times a year around."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for item in items:
            if item.collection not in self.roomy:
                spans[item.collection].append(_span(item))
        if spans:
            self._add_collections(ledger, spans)
            self._widen(ledger, spans)

    def _add_collections(self, ledger: Ledger, names: Iterable[str]) -> None:
        with ledger.begin() as tx, entered(tx) as connection:
            for name in sorted(names):
                alone(tx.connection, succession.lock_of(name))
            missing = sorted(set(names) - shelf.collections(connection, names).keys())
            if missing:
                new = [self._described(name, Overview()) for name in missing]
                shelf.put_collections(connection, new)
                for name in missing:
                    shelf.split(connection, name, self._partition(name))

    def _widen(self, ledger: Ledger, spans: Mapping[str, Sequence[Span]]) -> None:
        with ledger.begin() as tx, entered(tx) as connection:
            alone(tx.connection, "partitions of the catalogue")
            for name in sorted(spans):
                alone(tx.connection, succession.lock_of(name))
                starts, ends = (list(moments) for moments in zip(*spans[name], strict=True))
                values = {"collection": name, "starts": starts, "ends": ends}
                connection.execute(_WIDEN, values)
        self.roomy.update(spans)

    def publish(self, tx: Transaction, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
        """Publish revisions in the ledger, the outbox and pgstac."""
        keys: dict[str, set[str]] = defaultdict(set)
        for row, _ in batch:
            keys[row.collection].add(row.key)
        try:
            return succession.publish(tx, batch, lambda shown: self._show(tx, keys, shown))
        except Contended:
            self.roomy.clear()
            raise

    def retract(self, tx: Transaction, collection: str, key: str, retraction: Retraction) -> None:
        """Take an item back in the ledger, the outbox and pgstac."""
        changes = succession.retract(tx, collection, key, retraction)
        self._show(tx, {collection: {key}}, changes.shown)
        with entered(tx) as connection:
            shelf.remove(connection, collection, changes.hidden)

    def restore(self, tx: Transaction, found: LedgeredItem) -> None:
        """Have an item be as it was in the ledger, the outbox and pgstac."""
        changes = succession.restore(tx, found)
        self._show(tx, {found.collection: {found.key}}, changes.shown)

    def hide(self, tx: Transaction, collection: str, key: str, reason: str) -> None:
        """Take an item out of pgstac; nobody publishes there until the transaction ends."""
        succession.hide(tx, collection, key, reason)
        with entered(tx) as connection:
            shelf.remove(connection, collection, [key])

    def tidy(self, ledger: Ledger) -> None:
        """Make extents, summaries and partitions of collections exact, and run what pgstac queued.

        What it queued of partitions' statistics would make each as narrow as its items: readers
        would wait for that, and the next publication would have to widen it again. It is dropped.
        """
        for name in sorted(self.templates):
            with ledger.begin() as tx:
                alone(tx.connection, succession.lock_of(name))
                exact = self._described(name, overview(published(tx, name)))
                with entered(tx) as connection:
                    shelf.put_collections(connection, [exact])
                    shelf.split(connection, name, self._partition(name))
        with ledger.begin() as tx:
            tx.connection.execute(text(_DROP_STATISTICS))
        while _run_queued(ledger):
            pass

    def _show(self, tx: Transaction, keys: Mapping[str, set[str]], shown: Iterable[Shown]) -> None:
        """Have items in pgstac, and their collections speak of them too."""
        with entered(tx) as connection:
            stored = shelf.collections(connection, keys)
            for name, some in groupby(shown, lambda one: str(one.stac["collection"])):
                if name not in stored:
                    raise Contended(f"expected the collection {name} in pgstac, it was taken out")
                has_items = shelf.has_items(connection, name)
                seen = Overview.of(stored[name]) if has_items else Overview()
                shelf.put(connection, name, keys[name], _seen(some, seen))
                described = self._described(name, seen)
                if described != stored[name]:
                    shelf.put_collections(connection, [described])

    def _partition(self, name: str) -> str | None:
        template = self.templates.get(name)
        return template.partition if template else None

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
    with ledger.begin() as tx, entered(tx) as connection:
        ran = connection.execute("SELECT run_queued_query(), retire_queued_queries()").fetchone()
    return bool(ran and ran[0])


def _span(item: Item) -> Span:
    times = orjson.loads(item.stac)["properties"]
    return from_text(times["start_datetime"]), from_text(times["end_datetime"])


def _seen(shown: Iterable[Shown], seen: Overview) -> Iterator[Shown]:
    """Give items on, and take each into account."""
    for one in shown:
        seen.add(one.stac)
        yield one
