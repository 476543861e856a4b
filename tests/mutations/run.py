"""``make mutations``: files damaged in many ways, and what the isolated converter makes of each.

The exit code is 1 where the converter hangs, exceeds its memory, fails without a name for it, or
converts to values that neither ecCodes nor netCDF4 finds in the file.
"""

import argparse
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from tests.mutations.mutators import MUTATORS
from tests.mutations.referee import Sum, found
from tests.mutations.sources import sources
from tests.mutations.verdicts import Judge, Verdict


@dataclass(frozen=True, slots=True)
class Mutant:
    """One damaged file: its number and a seed give it again."""

    number: int
    source: str
    mutation: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Judged:
    """A mutant's fate."""

    number: int
    source: str
    mutation: str
    verdict: Verdict
    why: str


def mutant(number: int, seed: int, sound: Mapping[str, bytes]) -> Mutant:
    """Make one mutant; every mutation meets every file in turn."""
    rng = random.Random(f"{seed} {number}")
    mutations, names = list(MUTATORS), list(sound)
    mutation = mutations[number % len(mutations)]
    source = names[number // len(mutations) % len(names)]
    other = sound[rng.choice(names)]
    return Mutant(number, source, mutation, MUTATORS[mutation](sound[source], other, rng))


def judged(
    numbers: Iterator[int], seed: int, sound: Mapping[str, bytes], into: Path
) -> Iterator[Judged]:
    """Judge mutants in the processes of one judge; judges take their numbers from one iterator."""
    into.mkdir(parents=True)
    judge = Judge(into)
    try:
        known = {name: _sums(judge, into / name, data) for name, data in sound.items()}
        for number in numbers:
            one = mutant(number, seed, sound)
            # A file of its own each: HDF5 may still hold an earlier one that it failed to open
            path = into / f"{number}-{one.source}"
            path.write_bytes(one.data)
            yield Judged(number, one.source, one.mutation, *judge.verdict(path, known[one.source]))
            path.unlink()
    finally:
        judge.close()


def campaign(count: int, seed: int, judges: int, first: int = 0) -> list[Judged]:
    """Judge ``count`` mutants from the ``first`` on, shared out among some judges."""
    with tempfile.TemporaryDirectory(prefix="inlet-mutations-") as place:
        sound_files = Path(place) / "sound"
        sound_files.mkdir()
        sound = sources(sound_files)
        numbers = iter(range(first, first + count))

        def share(n: int) -> list[Judged]:
            return list(judged(numbers, seed, sound, Path(place) / str(n)))

        with ThreadPoolExecutor(judges) as pool:
            results = chain.from_iterable(pool.map(share, range(judges)))
            return sorted(results, key=lambda one: one.number)


def table(results: Sequence[Judged]) -> Table:
    """Return how often each mutation came to each verdict."""
    shown = [v for v in Verdict if any(one.verdict is v for one in results) or v.is_wrong]
    found = Table("mutation", *shown, title=f"{len(results)} mutants")
    counts = Counter((one.mutation, one.verdict) for one in results)
    for mutation in MUTATORS:
        found.add_row(mutation, *(str(counts[mutation, verdict] or "") for verdict in shown))
    totals = Counter(one.verdict for one in results)
    found.add_section()
    found.add_row("all", *(str(totals[verdict]) for verdict in shown))
    return found


def main(arguments: Sequence[str]) -> int:
    """Run a campaign; see the module."""
    parser = argparse.ArgumentParser(prog="make mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first mutant")
    parser.add_argument("--judges", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=Path, help="a directory for the mutants that went wrong")
    given = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    began = time.monotonic()
    results = campaign(given.count, given.seed, given.judges, given.first)
    console = Console(width=shutil.get_terminal_size((160, 40)).columns)
    console.print(table(results))
    wrong = [one for one in results if one.verdict.is_wrong]
    for one in wrong:
        console.print(f"{one.number} {one.source}, {one.mutation}: {one.verdict}: {one.why}")
    console.print(f"seed {given.seed}, {time.monotonic() - began:.0f} s, {len(wrong)} wrong")
    if given.keep:
        keep(wrong, given.seed, given.keep)
    return 1 if wrong else 0


def keep(wrong: Sequence[Judged], seed: int, into: Path) -> None:
    """Write mutants to a directory, so that they can be looked at."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        sound = sources(Path(place))
    for one in wrong:
        (into / f"{one.number}-{one.source}").write_bytes(mutant(one.number, seed, sound).data)


def _sums(judge: Judge, path: Path, data: bytes) -> Counter[Sum]:
    path.write_bytes(data)
    return found(judge.conversion(path).metrics, is_netcdf=path.suffix == ".nc")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
