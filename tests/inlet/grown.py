"""A house whose collection ``sst`` has a growing cube, and what a reader finds in it."""

import shutil
from pathlib import Path
from typing import Any

import xarray as xr
from ruamel.yaml import YAML

from inlet import places
from inlet.house import House
from inlet.settings import Settings
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from sandbox.client import Sandbox
from transforms.writers.icechunk import Commit, Main
from transforms.writers.target import Target

PORTFOLIO = Path(__file__).parents[2] / "portfolio"
COLLECTION = "sst"
VARIABLE = "sea_surface_temperature"
DAILY_AT_NOON = {"start": "2024-01-01T12:00:00Z", "end": "2024-03-01T12:00:00Z", "step": "P1D"}


def settings(home: Path, sandbox: Sandbox, **growth: Any) -> Settings:
    """Settings of a house with a portfolio of its own."""
    shutil.copytree(PORTFOLIO, home / "portfolio", dirs_exist_ok=True)
    wish(home, growth={**DAILY_AT_NOON, **growth})
    return Settings(home=home, portfolio=home / "portfolio", sandbox_url=sandbox.url)


def wish(home: Path, **recipe: Any) -> None:
    """Write another recipe, of layout cube, into the collection's file."""
    file = home / "portfolio" / "collections" / f"{COLLECTION}.yaml"
    collection = YAML(typ="safe").load(file)
    with file.open("w") as opened:
        YAML(typ="safe").dump(collection | {"recipe": {"layout": "cube", **recipe}}, opened)


def main(house: House) -> Main:
    """The growing cube."""
    place = house.store.url(places.growing_cube(COLLECTION))
    return Main.open(Target(place, house.store.options))


def commits(house: House) -> list[Commit]:
    """Its commits that brought items, the newest first."""
    return [commit for commit in main(house).commits() if commit.items]


def dataset(house: House, snapshot: str | None = None) -> xr.Dataset:
    """What a reader opens: the newest, or a snapshot."""
    repository = main(house).repository
    if snapshot:
        return xr.open_zarr(repository.readonly_session(snapshot_id=snapshot).store)
    return xr.open_zarr(repository.readonly_session("main").store)


def there(house: House) -> dict[str, str]:
    """Which steps are there, by day, and of which item they are."""
    found = dataset(house)
    return {
        str(time)[:10]: str(item)
        for time, item in zip(found["time"].values, found["item"].values, strict=True)
        if item
    }


def revisions(house: House, state: ItemState) -> list[LedgeredItem]:
    """The collection's revisions in a state, oldest first."""
    with house.ledger.begin() as tx:
        return items.newest(tx, COLLECTION, [state], 100)[::-1]


def own_cube(house: House, item: LedgeredItem) -> xr.Dataset:
    """An item's own cube."""
    return xr.open_zarr(house.store.url(places.cube(item)))
