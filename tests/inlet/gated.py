"""A house whose gate holds back what it harvests: its suite is one that no cube can keep to."""

import shutil
from pathlib import Path

from ruamel.yaml import YAML

from inlet import quarantine
from inlet.harvest import harvest
from inlet.house import House
from inlet.quarantine import Case
from inlet.settings import Settings
from sandbox.client import Sandbox
from tests.makers import a_day

PORTFOLIO = Path(__file__).parents[2] / "portfolio"
VARIABLE = "sea_surface_temperature"
TOO_TIGHT = {"name": "tight", "version": "2", "variables": {VARIABLE: {"between": [0, 1]}}}
WIDE = {"name": "wide", "version": "3", "variables": {VARIABLE: {"between": [0, 999]}}}


def settings(home: Path, sandbox: Sandbox) -> Settings:
    """Settings of a house with a portfolio of its own, whose suite for ``sst`` is too tight."""
    shutil.copytree(PORTFOLIO, home / "portfolio")
    demand(home, TOO_TIGHT)
    return Settings(home=home, portfolio=home / "portfolio", sandbox_url=sandbox.url)


def demand(home: Path, suite: dict[str, object]) -> Path:
    """Write another suite into the collection's file; return the file."""
    file = home / "portfolio" / "collections" / "sst.yaml"
    collection = YAML(typ="safe").load(file)
    with file.open("w") as opened:
        YAML(typ="safe").dump(collection | {"quality": suite}, opened)
    return file


def held_back(house: House) -> Case:
    """Harvest one item, which the gate holds back."""
    assert harvest(house, "sst", a_day()).left_out == 1
    [found] = quarantine.cases(house)
    return found
