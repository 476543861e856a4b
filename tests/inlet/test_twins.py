"""What is peculiar to the Digital Twins' services, from the order to the cube."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import xarray as xr
import yaml

from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.nouns import Window
from sandbox.client import Sandbox

PROVIDERS = Path(__file__).parents[1] / "faults" / "portfolio" / "providers"
START = datetime(2024, 2, 1, tzinfo=UTC)
ONE_DAY = Window(START, START + timedelta(days=1))


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> Iterator[House]:
    """A house with one collection: upper-air fields of the Climate twin by way of the HDA."""
    root = tmp_path / "portfolio"
    shutil.copytree(PROVIDERS, root / "providers")
    (root / "collections").mkdir()
    source = {
        "provider": "hda",
        "collection": "DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
        "split": "day",
        "key": "levels-{start:%Y%m%d}",
        "queries": {
            "main": {
                "ecmwf:levtype": "pl",
                "ecmwf:resolution": "standard",
                "ecmwf:param": ["130"],
                "ecmwf:levelist": ["50", "500", "1000"],
                "ecmwf:time": ["0000"],
            }
        },
    }
    described = {
        "id": "levels",
        "sources": [source],
        "stac": {"title": "Levels", "description": "Levels.", "license": "CC-BY-4.0"},
    }
    (root / "collections" / "levels.yaml").write_text(yaml.safe_dump(described))
    settings = Settings(home=tmp_path / "home", sandbox_url=sandbox.url, portfolio=root)
    with opened(settings) as held:
        yield held
    sandbox.reset()


def test_lists_that_the_service_sorts_as_text_come_out_in_the_order_of_numbers(
    house: House, sandbox: Sandbox
) -> None:
    done = harvest(house, "levels", ONE_DAY)
    placed = sandbox.orders("hda")[-1].request
    (cube,) = (house.settings.home / "lake" / "cubes").rglob("*.zarr")
    found = xr.open_datatree(str(cube), engine="zarr")
    (levels,) = [node["t"].coords["level"] for node in found.subtree if "t" in node.dataset]

    assert placed["levelist"] == ["1000", "50", "500"]
    assert done.published == 1
    assert sorted(levels.to_numpy().tolist()) == levels.to_numpy().tolist() == [50, 500, 1000]
