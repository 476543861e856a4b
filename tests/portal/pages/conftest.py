"""Pages over a house with a little of everything in it, and people who may read or act."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from inlet.harvest import harvest
from inlet.house import House, opened
from sandbox.client import Sandbox
from tests.inlet import gated
from tests.makers import a_day
from tests.portal.pages.answering import ADMIN, FakeAirflow, client


@pytest.fixture(scope="package")
def house(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One day of ``sst`` is published, the next is in quarantine; one file is broken."""
    home = tmp_path_factory.mktemp("pages")
    settings = gated.settings(home, sandbox)
    gated.demand(home, gated.WIDE)
    with opened(settings) as wide:
        assert harvest(wide, "sst", a_day()).published == 1
    gated.demand(home, gated.TOO_TIGHT)
    with opened(settings) as tight:
        assert harvest(tight, "sst", a_day(1)).left_out == 1
    (home / "portfolio" / "collections" / "broken.yaml").write_text("id: broken\nsourcez: []\n")
    with opened(settings) as made:
        yield made


@pytest.fixture
def portfolio(house: House) -> Path:
    return house.settings.portfolio_root


@pytest.fixture
def airflow() -> FakeAirflow:
    return FakeAirflow()


@pytest.fixture
def pages(house: House, airflow: FakeAirflow) -> TestClient:
    """The pages as somebody sees them who may act."""
    return client(house, airflow, ADMIN)
