"""A reader beside a harvest: whatever is published has to open, whole and right, at any moment."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import icechunk
import numpy as np
import xarray as xr
from numpy.typing import NDArray

from inlet import places
from lake.ledger import items
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger
from lake.store import LocalStore
from transforms.writers.target import Target

VARIABLE = "t2m"

Right = Mapping[str, NDArray[np.float32]]
"""What each item has to hold, by its key."""


@dataclass(slots=True)
class Seen:
    """What a reader opened, and what of it was wrong."""

    looks: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Reader:
    """Looks at all that is published below ``home``, again and again, in a thread of its own."""

    def __init__(self, home: Path, right: Right, seen: Seen) -> None:
        self._store = LocalStore(home / "lake")
        self._ledger = Ledger.open(f"sqlite:///{home / 'ledger.db'}", owner="reader")
        self._right = right
        self._seen = seen
        self._known: set[int] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        self._ledger.close()

    def look(self) -> None:
        """Look once at each item that is new, and at every growing cube."""
        with self._ledger.begin() as tx:
            published = items.published(tx)
        for item in published:
            if item.id not in self._known:
                self._look_at_item(item)
                self._known.add(item.id)
        for name in self._store.below("growing"):
            self._look_at_growing_cube(name)

    def _run(self) -> None:
        while not self._done.wait(0.01):
            try:
                self.look()
            except (OSError, ValueError, KeyError, icechunk.IcechunkError) as error:
                self._seen.wrong.append(f"a reader met {type(error).__name__}: {error}")

    def _look_at_item(self, item: LedgeredItem) -> None:
        place = self._store.url(places.cube(item))
        self._expect(Target(place).seal().digest == item.cube["digest"], f"bytes of {item.key}")
        with xr.open_zarr(place) as cube:
            self._compare(cube[VARIABLE].values[0], item.key, "its own cube")
        if item.snapshot is not None:
            with xr.open_zarr(self._repository(item.collection, item.snapshot)) as cube:
                self._look_at_steps(cube, "its snapshot")
                label = f"{item.key}@{item.revision}"
                self._expect(label in cube["item"].values.tolist(), f"{label} in its snapshot")
        self._seen.looks["item cubes"] += 1

    def _look_at_growing_cube(self, collection: str) -> None:
        session = self._repository(collection)
        if session is None:
            return
        with xr.open_zarr(session) as cube:
            self._look_at_steps(cube, "main")
        self._seen.looks["growing cubes"] += 1

    def _look_at_steps(self, cube: xr.Dataset, where: str) -> None:
        labels, values = cube["item"].values.tolist(), cube[VARIABLE].values
        for label, step in zip(labels, values, strict=True):
            if label:
                self._compare(step, label.partition("@")[0], where)
            else:
                self._expect(bool(np.isnan(step).all()), f"a step without an item in {where}")
        self._seen.looks["steps"] += sum(map(bool, labels))

    def _repository(
        self, collection: str, snapshot: str | None = None
    ) -> icechunk.IcechunkStore | None:
        storage = icechunk.local_filesystem_storage(
            self._store.url(places.growing_cube(collection))
        )
        if not icechunk.Repository.exists(storage):
            return None
        repository = icechunk.Repository.open(storage)
        if len(list(repository.ancestry(branch="main"))) == 1:
            return None  # nothing was committed yet
        if snapshot is None:
            return repository.readonly_session("main").store
        return repository.readonly_session(snapshot_id=snapshot).store

    def _compare(self, values: NDArray[np.float32], key: str, where: str) -> None:
        self._expect(np.array_equal(values, self._right[key]), f"values of {key} in {where}")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds:
            self._seen.wrong.append(f"expected others: {what}")
