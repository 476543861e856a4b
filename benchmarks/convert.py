"""GRIB and NetCDF to Zarr beside what users do today, each in a process of its own.

    python -m benchmarks.convert [--only CASE ...] [--rounds N] [--folder DIR] [--earthkit PYTHON]

Files are generated once. Rounds are interleaved, so that what else runs on the machine falls on
all alike; the table shows medians. ``--earthkit`` names an interpreter that has earthkit-data, for
it is no dependency of the project: python -m venv X; X/bin/pip install earthkit-data zarr.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks import gribs, netcdfs


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process measured of itself."""

    seconds: float
    cpu: float
    megabytes: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Method:
    """A way to convert: its title, what ``benchmarks.rivals`` calls it, and who runs it."""

    title: str
    word: str
    is_same_layout: bool = False
    python: str = sys.executable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=[*gribs.CASES, *netcdfs.CASES])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inlet-bench"))
    parser.add_argument("--earthkit", default="", help="an interpreter that has earthkit-data")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(f"ecCodes {version('eccodes')} for all; medians of {asked.rounds} rounds")
    if not asked.earthkit:
        print("earthkit-data: absent (give --earthkit PYTHON)")
    for case in asked.only or ["a_sfc", "H128", "H512", "O320"]:
        compare(case, asked.folder, asked.rounds, asked.earthkit)


def compare(case: str, folder: Path, rounds: int, earthkit: str) -> None:
    """Measure all methods on one case, and print its table."""
    source, ways = _methods(case, folder, earthkit)
    samples: dict[str, list[Sample]] = {way.title: [] for way in ways}
    layout = folder / f"{case}.layout.zarr"
    _measured(ways[0], source, layout, "")
    for _ in range(rounds):
        for way in ways:
            into = folder / f"{case}.out.zarr"
            found = _measured(way, source, into, str(layout) if way.is_same_layout else "")
            shutil.rmtree(into, ignore_errors=True)
            if isinstance(found, Sample):
                samples[way.title].append(found)
            elif found:
                print(f"{case}: {way.title} failed: {found}")
    shutil.rmtree(layout, ignore_errors=True)
    _print(case, source.stat().st_size, samples)


def _methods(case: str, folder: Path, earthkit: str) -> tuple[Path, Sequence[Method]]:
    ours = [
        Method(f"inlet {codec}", f"inlet:{codec}")
        for codec in ("fast", "balanced", "rounded", "archive")
    ]
    if case in netcdfs.CASES:
        same = Method("xarray same layout", "netcdf", is_same_layout=True)
        return netcdfs.netcdf(folder, netcdfs.CASES[case]), [
            *ours[:2],
            Method("xarray default", "netcdf"),
            same,
        ]
    rivals = [
        Method("cfgrib default", "cfgrib"),
        Method("cfgrib same layout", "cfgrib", is_same_layout=True),
        Method("ecCodes decode, 1 thread", "decode:1"),
        Method("ecCodes decode, 2 threads", "decode:2"),
    ]
    if earthkit:
        rivals.append(Method("earthkit same layout", "earthkit", True, earthkit))
    return gribs.grib(folder, gribs.CASES[case]), [*ours, *rivals]


def _measured(way: Method, source: Path, into: Path, layout: str) -> Sample | str:
    shutil.rmtree(into, ignore_errors=True)
    command = [way.python, "-m", "benchmarks.rivals", way.word, str(source), str(into), layout]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return Sample(**json.loads(done.stdout.splitlines()[-1]))


def _print(case: str, size: int, samples: Mapping[str, Sequence[Sample]]) -> None:
    print(f"\n{case}: {size / 1e6:.0f} MB")
    print(
        f"{'':28}{'wall s':>8}{'cpu s':>8}{'RSS MB':>8}{'bytes':>7}{'x fast':>8}{'x balanced':>11}"
    )
    medians = {title: _median(found) for title, found in samples.items() if found}
    fast, balanced = (medians[f"inlet {codec}"].seconds for codec in ("fast", "balanced"))
    for title, one in medians.items():
        print(
            f"{title:28}{one.seconds:8.2f}{one.cpu:8.2f}{one.megabytes:8.0f}"
            f"{one.bytes / size:7.2f}{one.seconds / fast:8.2f}{one.seconds / balanced:11.2f}"
        )


def _median(samples: Iterable[Sample]) -> Sample:
    found = list(samples)
    return Sample(
        statistics.median(s.seconds for s in found),
        statistics.median(s.cpu for s in found),
        max(s.megabytes for s in found),
        found[0].bytes,
    )


if __name__ == "__main__":
    main()
