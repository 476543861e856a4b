"""A reader amid the chaos: what is published opens, right and whole, whoever was just killed."""

import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import numpy as np
import xarray as xr
from botocore.exceptions import BotoCoreError
from sqlalchemy.exc import DBAPIError

from inlet import places
from inlet.house import House
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.states import ItemState
from tests.chaos.cubes import VARIABLE
from tests.chaos.plan import COLLECTIONS

_NEWEST = 20


@dataclass(slots=True)
class Looks:
    """What a reader looked at, and what of it was wrong."""

    house: House
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def look(self, chance: Random) -> None:
        """Look at one of the newest cubes and one exported item; where nobody answers, at none."""
        try:
            with self.house.ledger.begin() as tx:
                name = chance.choice(COLLECTIONS)
                newest = items.newest(tx, name, [ItemState.PUBLISHED], _NEWEST)
            if newest:
                self._look_at_cube(chance.choice(newest))
        except (DBAPIError, BotoCoreError, OSError):
            self.counts["in vain"] += 1
        self._look_at_file(chance)

    def _look_at_cube(self, item: LedgeredItem) -> None:
        url = self.house.store.url(places.cube(item))
        is_there = self.house.store.exists(f"{places.cube(item)}/zarr.json")
        if not is_there:
            self.wrong.append(f"expected a cube at {url}, nothing is there")
            return
        with xr.open_zarr(url, consolidated=False) as cube:
            values = cube[VARIABLE].values
        if not np.all(values == item.sequence):
            self.wrong.append(f"{url}: expected {item.sequence} everywhere, came {values}")
        self.counts["cubes"] += 1

    def _look_at_file(self, chance: Random) -> None:
        found = list(self.house.settings.catalog_root.glob("*/*/*.json"))
        if not found:
            return
        place = chance.choice(found)
        try:
            json.loads(place.read_bytes())
        except FileNotFoundError:
            return  # an export removed it since
        except ValueError as torn:
            self.wrong.append(f"{place}: {torn}")
        self.counts["exported items"] += 1
