"""A point, a map and a box of ten days read as a user does, each GET so many milliseconds away.

    python -m benchmarks.readback [--codec CODEC] [--milliseconds N] [--rounds N] [--folder DIR]

The cube is 240 hours of one variable on a quarter of a degree, as our converter writes it. Each
look opens it anew, through xarray and zarr-python; opening and reading are timed apart.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr
from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore, WrapperStore

from benchmarks import gribs
from benchmarks.rivals import inlet

CASE = gribs.Case("ten_days", gribs.QUARTER, (gribs.T2M,), 240)
TARGETS = {"point": 100, "map": 150, "box": 150}
"""Milliseconds that each look may take."""

Look = Callable[[xr.Dataset], xr.DataArray]
LOOKS: dict[str, Look] = {
    "point": lambda cube: cube.t2m.sel(latitude=48.1, longitude=11.6, method="nearest"),
    "map": lambda cube: cube.t2m.isel(time=100),
    "box": lambda cube: cube.t2m.sel(latitude=slice(55, 45), longitude=slice(5, 15)),
}


class Distant(WrapperStore[LocalStore]):
    """A directory of which each GET takes its time; it counts them and their bytes."""

    def __init__(self, store: LocalStore, seconds: float = 0.0) -> None:
        super().__init__(store)
        self.seconds = seconds
        self.gets = 0
        self.bytes = 0

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Wait, then get."""
        await asyncio.sleep(self.seconds)
        found = await super().get(key, prototype, byte_range)
        self.gets += 1
        self.bytes += len(found) if found is not None else 0
        return found

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Get each range by a GET of its own, all at once."""
        wanted = (self.get(key, prototype, part) for key, part in key_ranges)
        return list(await asyncio.gather(*wanted))


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look took, in milliseconds, and what it asked of the store."""

    opening: float
    reading: float
    gets: int
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codec", default="balanced")
    parser.add_argument("--milliseconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inlet-bench"))
    asked = parser.parse_args()
    cube = _cube(asked.folder, asked.codec)
    found: dict[str, list[Seen]] = {name: [] for name in LOOKS}
    for _ in range(asked.rounds):
        for name, look in LOOKS.items():
            found[name].append(_seen(cube, look, asked.milliseconds / 1e3))
    print(f"{asked.milliseconds:g} ms a GET; medians of {asked.rounds} rounds, {asked.codec}")
    print(f"{'':8}{'open ms':>9}{'read ms':>9}{'target':>8}{'GETs':>6}{'MB':>7}")
    for name, seen in found.items():
        _print(name, seen)


def _cube(folder: Path, codec: str) -> Path:
    """Return the cube, converted if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    into = folder / f"ten_days_{codec}.zarr"
    if not (into / "t2m").exists():
        inlet(gribs.grib(folder, CASE), str(into), codec)()
    return into


def _seen(cube: Path, look: Look, seconds: float) -> Seen:
    store = Distant(LocalStore(cube, read_only=True), seconds)
    began = time.perf_counter()
    dataset = xr.open_zarr(store, chunks=None)
    opened = time.perf_counter()
    store.gets = store.bytes = 0
    _ = _loaded(look(dataset))
    done = time.perf_counter()
    return Seen((opened - began) * 1e3, (done - opened) * 1e3, store.gets, store.bytes / 1e6)


def _loaded(wanted: xr.DataArray) -> Any:  # noqa: ANN401 - an array of whatever was looked at
    return wanted.to_numpy()


def _print(name: str, seen: list[Seen]) -> None:
    opening, reading = (
        statistics.median(getattr(one, what) for one in seen) for what in ("opening", "reading")
    )
    print(
        f"{name:8}{opening:9.0f}{reading:9.0f}{TARGETS[name]:8}{seen[0].gets:6}"
        f"{seen[0].megabytes:7.1f}"
    )


if __name__ == "__main__":
    main()
