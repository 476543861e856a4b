"""Publishing beside pypgstac's own upserts: many at once, singly, and by four at once.

python -m benchmarks.publish [--sizes 1000 100000 1000000]

Each size is how many items the collection holds already. A publication is item, state and outbox
row in one transaction; the upsert is the item alone. Both take the same items, in turns. What
a large collection holds are copies of published items, laid in by SQL. Other
work on the machine lengthens what the clock says; processor time it leaves nearly as it is.
"""

import argparse
import json
import os
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from zlib import crc32

from pypgstac.db import PgstacDB
from pypgstac.load import Loader, Methods
from sqlalchemy import create_engine, text

from catalog.described import Pair
from catalog.item import Identity
from catalog.pgstac.publisher import open_publisher
from catalog.publisher import publish
from catalog.succession import Result
from catalog.template import StacTemplate
from catalog.times import to_text
from lake.ledger import items
from lake.ledger.ledger import Ledger
from lake.ledger.schema import item as table
from lake.ledger.states import ItemState
from lake.nouns import Item
from tests.catalog.makers import described
from tests.makers import NEW_YEAR
from tests.stack_fixture import running

BATCH, TURNS, SINGLES = 1000, 15, 100
PUBLISHERS, BATCHES = 4, 5
SEED = 5000
LONGEST_WAIT_MS = 250
TEMPLATE = StacTemplate(title="Measured", description="Items that are published to be timed.")
_MARK = "0123-the-key"
_SPREAD_SECONDS = 20_000_000
_STAC = described(Identity("measured", _MARK, "r1")).stac
_COPY = (
    """
    INSERT INTO pgstac.items (id, geometry, collection, datetime, end_datetime, content)
    SELECT gen_random_uuid(), geometry, name, datetime, end_datetime, content
    FROM (SELECT * FROM pgstac.items WHERE collection = 'measured' LIMIT :seed) AS seed,
         generate_series(1, :more / :seed), unnest(ARRAY['measured', 'bare']) AS name
    """,
    """
    INSERT INTO item (collection, key, revision, sequence, state, stac, start_at, end_at,
                      west, south, east, north, published_at, attempts, created_at, updated_at)
    SELECT i.collection, p.id, revision, sequence, state, stac, start_at, end_at,
           west, south, east, north, published_at, attempts, created_at, updated_at
    FROM pgstac.items AS p,
         (SELECT * FROM item WHERE state = 'published' LIMIT 1) AS i
    WHERE p.collection = 'measured' AND NOT EXISTS (
      SELECT FROM item AS known WHERE known.collection = 'measured' AND known.key = p.id)
    """,
    """
    INSERT INTO outbox (event_id, type, subject, data, item_id, created_at, sent_at)
    SELECT gen_random_uuid(), 'created', i.collection || '/' || key, '', i.id,
           i.created_at, i.created_at
    FROM item AS i WHERE NOT EXISTS (SELECT FROM outbox AS o WHERE o.item_id = i.id)
    """,
)
"""How a collection becomes large soon: in pgstac, the ledger and (as sent) the outbox."""
_START, _END = NEW_YEAR, NEW_YEAR + timedelta(hours=23)


def stac(collection: str, key: str) -> str:
    """An item, at a time of its own within most of a year."""
    text = _STAC.replace('"measured"', f'"{collection}"').replace(_MARK, key)
    later = timedelta(seconds=crc32(key.encode()) % _SPREAD_SECONDS)
    for moment in (_END, _START):
        text = text.replace(to_text(moment), to_text(moment + later))
    return text


def pairs(ledger: Ledger, collection: str, keys: list[str]) -> list[Pair]:
    """Judged and claimed revisions with their descriptions."""
    with ledger.begin() as tx:
        values = {
            "collection": collection,
            "revision": "r1",
            "sequence": 1,
            "state": ItemState.JUDGED,
            "lease_owner": tx.owner,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
        tx.connection.execute(table.insert(), [{**values, "key": key} for key in keys])
        found = items.newest(tx, collection, [ItemState.JUDGED], PUBLISHERS * len(keys))
    mine = set(keys)
    return [
        (r, Item(collection, r.key, "r1", stac(collection, r.key)))
        for r in found[::-1]
        if r.key in mine
    ]


def keys(numbers: Iterator[int], many: int) -> list[str]:
    return [f"item-{next(numbers):08}" for _ in range(many)]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, and of the processor in this process and in PostgreSQL."""

    clock: float
    here: float
    there: float

    def shown(self) -> str:
        """What a thousand items of a batch take of the processor."""
        here, there = (1000 * of * 1000 / BATCH for of in (self.here, self.there))
        return f"{here:.0f} + {there:.0f}"


def medians(costs: list[Cost]) -> Cost:
    """The median of each; of PostgreSQL, whose clock has long ticks, the mean."""
    return Cost(
        statistics.median(one.clock for one in costs),
        statistics.median(one.here for one in costs),
        statistics.mean(one.there for one in costs),
    )


@contextmanager
def timed(server: int, costs: list[Cost]) -> Iterator[None]:
    """Add what is done inside to ``costs``; ``server`` is the process of PostgreSQL in it."""
    began = time.perf_counter(), time.process_time(), spent(server)
    yield
    ended = time.perf_counter(), time.process_time(), spent(server)
    costs.append(Cost(*(b - a for a, b in zip(began, ended, strict=True))))


def spent(process: int) -> float:
    """Seconds of the processor that a process took until now."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Catalogue:
    """One collection, published into by Inlet; another of the same size, upserted into."""

    def __init__(self, url: str) -> None:
        self.ledger = Ledger.open(url)
        self.publisher = open_publisher(self.ledger, {"measured": TEMPLATE, "bare": TEMPLATE})
        self.numbers = count()
        dsn = url.replace("postgresql+psycopg", "postgresql")
        self.bare = Loader(PgstacDB(dsn))
        self.publisher.make_way(self.ledger, [Item("bare", "k", "r1", stac("bare", "k"))])
        with self.ledger.begin() as tx:
            self.server: int = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        self.bare_server = int(self.bare.db.query_one("SELECT pg_backend_pid()"))

    def publish(self, many: int) -> Cost:
        batch, costs = pairs(self.ledger, "measured", keys(self.numbers, many)), list[Cost]()
        with timed(self.server, costs):
            outcomes = publish(self.ledger, self.publisher, batch)
        if {one.result for one in outcomes} != {Result.PUBLISHED}:
            raise SystemExit(f"expected all to be published, came {outcomes[0]}")
        return costs[0]

    def upsert(self, many: int) -> Cost:
        texts, costs = [stac("bare", key) for key in keys(self.numbers, many)], list[Cost]()
        with timed(self.bare_server, costs):
            self.bare.load_items(map(json.loads, texts), Methods.upsert)
        return costs[0]

    def fill(self, held: int) -> None:
        """Have so many items in both collections: published ones, and copies of these."""
        while (have := self._held()) < min(held, SEED):
            self.publish(BATCH)
            self.upsert(BATCH)
        with self.ledger.begin() as tx:
            for said in _COPY if held > have else ():
                tx.connection.execute(text(said), {"more": held - have, "seed": SEED})
        at_once = self.ledger.engine.execution_options(isolation_level="AUTOCOMMIT")
        with at_once.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))

    def _held(self) -> int:
        with self.ledger.begin() as tx:
            asked = text("SELECT count(*) FROM pgstac.items WHERE collection = 'measured'")
            return int(tx.connection.execute(asked).scalar_one())

    def costs(self) -> tuple[Cost, Cost, float]:
        """Of a batch, published and upserted; and how many a second are published singly."""
        mine, bare = [], []
        for _ in range(TURNS):
            mine.append(self.publish(BATCH))
            bare.append(self.upsert(BATCH))
        single = SINGLES / sum(self.publish(1).clock for _ in range(SINGLES))
        return medians(mine), medians(bare), single


def publish_alone(url: str, number: int, batches: int) -> tuple[int, int]:
    """As one process of several: publish into four collections; return how many, and deadlocks."""
    ledger = Ledger.open(url, owner=f"publisher-{number}")
    publisher = open_publisher(ledger, {})
    done = 0
    for turn in range(batches):
        batch = [
            pair
            for name in range(PUBLISHERS)
            for pair in pairs(
                ledger,
                f"measured-{name}",
                [f"{number}-{turn}-{n}" for n in range(BATCH // PUBLISHERS)],
            )
        ]
        outcomes = publish(ledger, publisher, batch)
        done += sum(one.result is Result.PUBLISHED for one in outcomes)
    ledger.close()
    return done, batches * BATCH


def read_beside(url: str, enough: threading.Event, waits: list[float]) -> None:
    """Search as the STAC API does, again and again; note how long each took.

    Raises:
        OperationalError: one waited too long for a lock.
    """
    engine = create_engine(url)
    searches = [{"collections": ["measured"], "limit": 10}, {"bbox": [5, 45, 15, 55], "limit": 10}]
    with engine.connect() as connection:
        for turn in count():
            if enough.is_set():
                return
            began = time.perf_counter()
            connection.execute(text(f"SET lock_timeout = '{LONGEST_WAIT_MS}ms'"))
            connection.execute(text("SET search_path TO pgstac, public"))
            asked: dict[str, Any] = {"asked": json.dumps(searches[turn % 2])}
            connection.execute(text("SELECT search(:asked)"), asked)
            connection.commit()
            waits.append(time.perf_counter() - began)
            time.sleep(0.01)


@contextmanager
def a_reader(url: str) -> Iterator[list[float]]:
    """Give how long each search took that is made meanwhile; a wait for a lock ends it all."""
    waits: list[float] = []
    enough = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_beside, url, enough, waits)
        try:
            yield waits
        finally:
            enough.set()
        reading.result()


def deadlocks(ledger: Ledger) -> int:
    with ledger.begin() as tx:
        asked = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(tx.connection.execute(asked).scalar_one())


def four_at_once(catalogue: Catalogue, url: str) -> None:
    before = deadlocks(catalogue.ledger)
    with a_reader(url) as alone:
        time.sleep(5)
    with get_context("spawn").Pool(PUBLISHERS) as pool:
        pool.starmap(publish_alone, [(url, n + 90, 1) for n in range(PUBLISHERS)])  # started
        with a_reader(url) as waits:
            began = time.perf_counter()
            done = pool.starmap(publish_alone, [(url, n, BATCHES) for n in range(PUBLISHERS)])
            took = time.perf_counter() - began
    time.sleep(1.5)  # until the server has counted
    published, wanted = (sum(column) for column in zip(*done, strict=True))
    print(
        f"four at once: {published} of {wanted} published, {published / took:.0f}/s, "
        f"{deadlocks(catalogue.ledger) - before} deadlocks; of {len(waits)} reads none waited "
        f"{LONGEST_WAIT_MS} ms for a lock, the median took "
        f"{statistics.median(waits) * 1000:.0f} ms, the slowest {max(waits) * 1000:.0f} ms (alone "
        f"{statistics.median(alone) * 1000:.0f} and {max(alone) * 1000:.0f} ms)"
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000, 1_000_000])
    sizes = asked.parse_args().sizes
    with running("postgres") as services, services.database() as address:
        url = address.render_as_string(hide_password=False)
        catalogue = Catalogue(url)
        catalogue.publish(BATCH)
        catalogue.upsert(BATCH)
        for size in sizes:
            catalogue.fill(size)
            mine, bare, single = catalogue.costs()
            print(
                f"at {size} items: published {BATCH / mine.clock:.0f}/s, upserted "
                f"{BATCH / bare.clock:.0f}/s ({bare.clock / mine.clock:.2f}x), singly "
                f"{single:.0f}/s; ms of the processor for a thousand, here and in PostgreSQL: "
                f"{mine.shown()}, upserted {bare.shown()}",
                flush=True,
            )
        four_at_once(catalogue, url)
        catalogue.ledger.close()
        catalogue.bare.db.close()


if __name__ == "__main__":
    main()
