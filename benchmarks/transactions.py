"""Items handed in by HTTP: the portal's transactions beside those of plain stac-fastapi-pgstac.

python -m benchmarks.transactions [--turns 10]

Both take the same items in turns, into a database each of one PostgreSQL: a thousand in a feature
collection, then one by one. The portal's are judged, kept in the ledger and signalled; the plain
ones are rows of pgstac.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import URL

from tests.portal.catalogues import fill, items_of
from tests.portal.conftest import pgstac_at
from tests.portal.knocking import SECRET, WRITERS, a_portal, served
from tests.stack_fixture import Services, running

COLLECTION = "sst"
BATCH, SINGLES = 1_000, 100
PLAIN = ("uvicorn", "stac_fastapi.pgstac.app:app")


@dataclass(frozen=True, slots=True)
class Way:
    """One server that takes items, and how long each request to it took."""

    name: str
    client: httpx.Client
    batches: list[float]
    singles: list[float]

    def take(self, document: Mapping[str, Any], seconds: list[float]) -> None:
        began = time.perf_counter()
        answer = self.client.post(f"/collections/{COLLECTION}/items", json=document)
        seconds.append(time.perf_counter() - began)
        answer.raise_for_status()

    def rates(self) -> tuple[float, float]:
        """Return items a second, a thousand at once and singly, by the median request."""
        return BATCH / statistics.median(self.batches), 1 / statistics.median(self.singles)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=10)
    turns = parser.parse_args().turns
    with ExitStack() as stack:
        ours, plain = _ways(stack)
        items = items_of(COLLECTION, 2 + turns * BATCH + SINGLES)
        next(items)  # both have it from their start
        first = next(items)
        for way in (ours, plain):
            way.take(first, [])
        for _ in range(turns):
            batch = {"type": "FeatureCollection", "features": list(islice(items, BATCH))}
            for way in (ours, plain):
                way.take(batch, way.batches)
        for item in items:
            for way in (ours, plain):
                way.take(item, way.singles)
    for way in (ours, plain):
        many, single = way.rates()
        print(f"{way.name:26}{many:8.0f}/s by the thousand {single:6.0f}/s singly")
    (many, single), (plain_many, plain_single) = ours.rates(), plain.rates()
    print(f"ours, of plain            {many / plain_many:8.2f}{single / plain_single:25.2f}")


def _ways(stack: ExitStack) -> Iterator[Way]:
    services = stack.enter_context(running("postgres"))
    home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    databases = [stack.enter_context(services.database()) for _ in range(2)]
    for database in databases:
        fill(database, items_of(COLLECTION, 1))
    urls = {
        "Inlet's portal": a_portal(home, pgstac_at(databases[0]) | WRITERS),
        "plain stac-fastapi-pgstac": served(
            PLAIN, _plain(databases[1], services), home / "plain.log"
        ),
    }
    for name, opened in urls.items():
        url = stack.enter_context(opened)
        asked = httpx.Client(base_url=url, auth=("desk", SECRET), trust_env=False, timeout=300)
        yield Way(name, stack.enter_context(asked), [], [])


def _plain(database: URL, services: Services) -> dict[str, str]:
    """How stac-fastapi-pgstac is told where its database is."""
    return {
        "PGHOST": str(database.host),
        "PGPORT": str(database.port),
        "PGUSER": str(database.username),
        "PGPASSWORD": services.ground.secrets["postgres_password"],
        "PGDATABASE": str(database.database),
        "ENABLE_TRANSACTIONS_EXTENSIONS": "true",
    }


if __name__ == "__main__":
    main()
