"""The whole way of one granule. If you read one test, read this one."""

from pathlib import Path

import pystac
import pytest
import xarray as xr

from inlet import steps
from inlet.harvest import harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import deliveries
from lake.ledger.deliveries import Subscription
from sandbox.client import Sandbox
from tests.makers import a_day


def test_what_a_provider_has_is_published_once_and_signalled(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLET_HOOK_SECRET_STORY", "a secret that both sides know")
    receiver = sandbox.url.removeprefix("http://")
    settings = Settings(home=tmp_path, sandbox_url=sandbox.url, hook_hosts=frozenset({receiver}))
    with opened(settings) as house:
        _subscribe(house, Subscription("map", "workflow", "quicklook"))
        _subscribe(
            house, Subscription("tell", "webhook", sandbox.sink_url("story"), None, "story")
        )

        first = harvest(house, "era5", a_day())
        again = harvest(house, "era5", a_day())

    assert (first.found.new, first.published, first.left_out) == (2, 1, 0)  # two orders, one item
    assert (again.found.new, again.published) == (0, 0)

    item = pystac.Item.from_file(str(tmp_path / "catalog/era5/era5-20240101/era5-20240101.json"))
    cubes = {key: a for key, a in item.assets.items() if "data" in (a.roles or [])}
    surface = next(a for key, a in cubes.items() if key != "cube" and "t2m" in (a.title or ""))
    cube = xr.open_zarr(surface.get_absolute_href())

    assert dict(cube.t2m.sizes) == {"time": 24, "latitude": 181, "longitude": 360}
    assert 180 < cube.t2m.min() < cube.t2m.max() < 340
    assert item.properties["inlet:passed"]
    assert {"quality", "datadocs", "quicklook"} <= set(item.assets)

    [signal] = sandbox.sink("story")
    assert signal.json()["subject"] == "era5/era5-20240101"
    assert signal.headers["webhook-signature"].startswith("v1,")
    assert len(list((tmp_path / "results").rglob("*.png"))) == 1


def _subscribe(house: House, wanted: Subscription) -> None:
    with house.ledger.begin() as tx:
        deliveries.subscribe(tx, wanted)
    assert steps.announce(house).signals == 0
