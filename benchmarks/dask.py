"""One plan on one Dask worker and on two, in one run. ``python -m benchmarks.dask``

Each worker is a process with one thread. Both clusters are up before the clock starts, rounds are
interleaved, and every store that is written has to have the same bytes.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import gribs
from lake import multihash
from lake.nouns import Granule
from transforms.decoders.grib_decoder import GribDecoder
from transforms.executors import clusters
from transforms.executors.dask import Dask
from transforms.executors.protocol import Executor
from transforms.executors.threads import Threads
from transforms.granules import LocalGranule
from transforms.recipe import Codec, Recipe
from transforms.writers.target import Sealed, Target
from transforms.writers.zarr import StorePlan, begin, finish, tasks

ONE, TWO = "one worker", "two workers"
EXECUTORS: dict[str, Executor] = {
    ONE: Dask(workers=1),
    TWO: Dask(workers=2),
    "one thread, no Dask": Threads(1),
    "two threads, no Dask": Threads(2),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=gribs.CASES, default="a_sfc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--codec", type=Codec, choices=list(Codec), default=Codec.BALANCED)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inlet-bench"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    plan = planned(gribs.grib(asked.folder, gribs.CASES[asked.case]), asked.folder, asked.codec)
    seconds: dict[str, list[float]] = {name: [] for name in EXECUTORS}
    stores = {carried_out(plan, executor)[1] for executor in EXECUTORS.values()}
    for _ in range(asked.rounds):
        for name, executor in EXECUTORS.items():
            took, store = carried_out(plan, executor)
            seconds[name].append(took)
            stores.add(store)
    clusters.close()
    show(f"{asked.case}, {asked.codec}: {len(tasks(plan))} tasks", seconds)
    if len(stores) > 1:
        raise SystemExit(f"expected the same bytes each time, came {len(stores)} stores")
    print(f"the same {stores.pop().size / 1e6:.0f} MB each time")


def planned(source: Path, folder: Path, codec: Codec) -> StorePlan:
    """Plan the conversion of a file, as ``convert`` does."""
    digest = multihash.of_bytes(source.name.encode())
    about = Granule(digest, source.stat().st_size, "application/wmo-GRIB2", source.name, "main")
    hypercubes = GribDecoder().plan([LocalGranule(source, about.media_type, about)]).hypercubes
    named = {str(number): hypercube for number, hypercube in enumerate(hypercubes)}
    return StorePlan(named, Recipe(codec=codec), Target(str(folder / "dask.out.zarr")))


def carried_out(plan: StorePlan, executor: Executor) -> tuple[float, Sealed]:
    """Return how long the tasks and the end of the store took, and what was stored."""
    begin(plan)
    began = time.perf_counter()
    store = finish(plan, executor.run(plan))
    took = time.perf_counter() - began
    shutil.rmtree(plan.target.location)
    return took, store


def show(title: str, seconds: dict[str, list[float]]) -> None:
    """Print medians, and how much sooner each ends than one worker."""
    table = Table("", "median s", "each s", "x one worker", title=title)
    alone = statistics.median(seconds[ONE])
    for name, each in seconds.items():
        median = statistics.median(each)
        shown = " ".join(f"{took:.2f}" for took in each)
        table.add_row(name, f"{median:.2f}", shown, f"{alone / median:.2f}")
    Console().print(table)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
