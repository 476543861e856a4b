"""Portals over a real pgstac, started once: one shows a catalogue, one takes items."""

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from lake.ledger.ledger import Ledger
from tests.portal.catalogues import fill, items_of
from tests.portal.knocking import WRITERS, a_portal
from tests.stack_fixture import Services, running


@pytest.fixture(scope="package")
def server() -> Iterator[Services]:
    with running("postgres") as services:
        yield services


@pytest.fixture(scope="package")
def stac(server: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a portal that shows 2,000 items in ``era5`` and 50 in ``sea``."""
    with server.database() as database:
        fill(database, itertools.chain(items_of("era5", 2_000), items_of("sea", 50)))
        with a_portal(tmp_path_factory.mktemp("portal"), pgstac_at(database)) as url:
            yield url


@pytest.fixture(scope="package")
def database(server: Services) -> Iterator[URL]:
    """The database of an empty catalogue."""
    with server.database() as empty:
        yield empty


@pytest.fixture(scope="package")
def ledger(database: URL) -> Iterator[Ledger]:
    """The ledger in that database."""
    opened = Ledger.open(database.render_as_string(hide_password=False))
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def writable(database: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a portal that takes items into it."""
    with a_portal(tmp_path_factory.mktemp("portal"), pgstac_at(database) | WRITERS) as url:
        yield url


def pgstac_at(database: URL) -> dict[str, str]:
    ledger = database.render_as_string(hide_password=False)
    return {"INLET_LEDGER": ledger, "INLET_CATALOG": "pgstac"}
