"""One plan on one Dask worker and on two, in one run. ``python -m benchmarks.dask``

Each worker is a process with one thread. Both clusters are up before the clock starts, rounds are
interleaved, and every store that is written has to have the same bytes. The ratio is the median
of those of the rounds; what other programs took of the machine meanwhile is shown beside.
"""

import argparse
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
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


@dataclass(frozen=True, slots=True)
class Sample:
    """How long it took, and how many cores other programs kept busy meanwhile."""

    seconds: float
    others: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", choices=gribs.CASES, default="a_sfc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--codec", type=Codec, choices=list(Codec), default=Codec.BALANCED)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inlet-bench"))
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    plan = planned(gribs.grib(asked.folder, gribs.CASES[asked.case]), asked.folder, asked.codec)
    samples: dict[str, list[Sample]] = {name: [] for name in EXECUTORS}
    stores = {carried_out(plan, executor)[1] for executor in EXECUTORS.values()}
    for _ in range(asked.rounds):
        for name, executor in EXECUTORS.items():
            sample, store = carried_out(plan, executor)
            samples[name].append(sample)
            stores.add(store)
    clusters.close()
    show(f"{asked.case}, {asked.codec}: {len(tasks(plan))} tasks", samples)
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


def carried_out(plan: StorePlan, executor: Executor) -> tuple[Sample, Sealed]:
    """Return how long the tasks and the end of the store took, and what was stored."""
    begin(plan)
    foreign, began = foreign_seconds(), time.perf_counter()
    store = finish(plan, executor.run(plan))
    took = time.perf_counter() - began
    others = (foreign_seconds() - foreign) / took
    shutil.rmtree(plan.target.location)
    return Sample(took, max(0.0, others)), store


def foreign_seconds() -> float:
    """Return the processor time that all but this program and its workers have taken."""
    whole = psutil.cpu_times()
    ours = psutil.Process()
    mine = [ours, *ours.children(recursive=True)]
    return whole.user + whole.system + whole.nice - sum(sum(p.cpu_times()[:2]) for p in mine)


def show(title: str, samples: dict[str, list[Sample]]) -> None:
    """Print medians, and how much sooner each ends than one worker in the same round."""
    table = Table("", "median s", "each s (cores of others)", "x one worker", title=title)
    for name, each in samples.items():
        shown = " ".join(f"{one.seconds:.2f} ({one.others:.1f})" for one in each)
        rounds = zip(samples[ONE], each, strict=True)
        ratio = median(alone.seconds / one.seconds for alone, one in rounds)
        table.add_row(name, f"{median(one.seconds for one in each):.2f}", shown, f"{ratio:.2f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
