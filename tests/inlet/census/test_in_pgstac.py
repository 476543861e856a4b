"""What is torn is not shown by the STAC API either, until it is whole again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from harvesters.errors import HarvestError
from inlet.census.census import take
from inlet.census.gaps import Kind
from inlet.census.repair import repair
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from sandbox.client import Sandbox
from tests.makers import a_day
from tests.stack_fixture import Services


@pytest.fixture
def house(tmp_path: Path, stack: Services, sandbox: Sandbox) -> Iterator[House]:
    """A house that publishes in pgstac."""
    with stack.database() as url:
        ledger = url.render_as_string(hide_password=False)
        settings = Settings(home=tmp_path, ledger=ledger, lake="", kafka="", catalog="pgstac")
        with opened(settings.model_copy(update={"sandbox_url": sandbox.url})) as found:
            yield found


def shown(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        return list(tx.connection.execute(text("SELECT id FROM pgstac.items")).scalars())


def test_a_torn_cube_is_hidden_until_it_is_made_anew(house: House, sandbox: Sandbox) -> None:
    harvest(house, "sst", a_day())
    [key] = shown(house)
    next((house.settings.home / "lake" / "cubes").rglob("*.zarr/zarr.json")).unlink()
    broken = take(house, "sst", a_day())
    assert [gap.kind for gap in broken.gaps] == [Kind.TORN]

    with sandbox.fault("unavailable", provider="stac"), pytest.raises(HarvestError):
        repair(house, broken)
    assert shown(house) == []

    harvest(house, "sst", a_day())
    assert shown(house) == [key]
    assert take(house, "sst", a_day()).is_complete
