"""Every fault by every protocol family, through the real harvest: ``make faults``.

Each cell harvests a small window into a house of its own while one fault is on, and holds what
landed against an undisturbed harvest. The exit code is 1 where anything was lost in silence,
wrong, doubled, sent to where it does not belong, or did not end.
"""

import argparse
import json
import logging
import multiprocessing
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import util

import structlog
from rich.console import Console

from sandbox.client import Sandbox
from tests.faults import report
from tests.faults.cells import WHOLE_WAY, Bench, Outcome
from tests.faults.families import FAMILIES, Family, why_not
from tests.faults.strikes import Strike, strikes
from tests.faults.verdicts import DEFECTS, Verdict

ORDER_DELAY_SECONDS = "0.05"
_bench: list[Bench] = []  # one for each process, made when the process begins


def cells(faults: Sequence[str], families: Sequence[str]) -> list[tuple[Strike | None, Family]]:
    """Return what can be shown of what was asked for; no strike is the undisturbed whole way."""
    chosen = [FAMILIES[name] for name in families or FAMILIES]
    shown: list[tuple[Strike | None, Family]] = [
        (strike, family)
        for strike in strikes()
        if not faults or strike.fault in faults
        for family in chosen
        if why_not(strike.fault, family, strike.variant) is None
    ]
    return shown if faults else [*((None, family) for family in chosen), *shown]


def not_shown(faults: Sequence[str], families: Sequence[str]) -> dict[tuple[str, str], str]:
    """Return why those cells are empty that are."""
    found = {}
    for strike in strikes():
        for name in families or FAMILIES:
            why = why_not(strike.fault, FAMILIES[name], strike.variant)
            if why is not None and (not faults or strike.fault in faults):
                told = strike.fault if why_not(strike.fault, FAMILIES[name]) else strike.name
                found[told, name] = why
    return found


def tried(wanted: Sequence[tuple[Strike | None, Family]], jobs: int) -> Iterator[Outcome]:
    """Try cells in so many processes, each with a sandbox of its own."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, fresh, _begin) as pool:
        trying = [pool.submit(_try, strike, family) for strike, family in wanted]
        for one in as_completed(trying):
            yield one.result()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix and print it; 1 where there is a defect."""
    options = _options(arguments)
    began = time.monotonic()
    wanted = cells(options.fault, options.family)
    console = Console(stderr=options.json, width=None if sys.stdout.isatty() else 160)
    outcomes = []
    for outcome in tried(wanted, options.jobs):
        outcomes.append(outcome)
        if options.verbose:
            console.print(report.line(outcome))
    unshown = not_shown(options.fault, options.family)
    if options.json:
        told = {
            "cells": [asdict(outcome) for outcome in outcomes],
            "not_shown": [{"fault": f, "family": n, "why": w} for (f, n), w in unshown.items()],
        }
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        report.show(console, outcomes, unshown, time.monotonic() - began)
    return int(any(outcome.verdict in DEFECTS for outcome in outcomes))


def _begin() -> None:
    """Make this process's sandbox, which ends with it, and its bench."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    sandbox = Sandbox.start(arguments=("--order-delay", ORDER_DELAY_SECONDS))
    util.Finalize(sandbox, sandbox.stop, exitpriority=1)
    _bench.append(Bench(sandbox))


def _try(strike: Strike | None, family: Family) -> Outcome:
    began = time.monotonic()
    try:
        return _bench[0].whole_way(family) if strike is None else _bench[0].tried(strike, family)
    except Exception:  # noqa: BLE001 - the boundary: a cell that breaks is a finding
        return Outcome(
            fault=WHOLE_WAY if strike is None else strike.name,
            family=family.name,
            verdict=Verdict.BROKE,
            found=0,
            expected=family.count,
            seconds=time.monotonic() - began,
            runs=1,
            hits=0,
            is_survivable=True,
            reasons=(traceback.format_exc(limit=-6),),
        )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make faults", description=__doc__.splitlines()[0])
    faults = sorted({strike.fault for strike in strikes()})
    parser.add_argument("--fault", action="append", default=[], choices=faults, metavar="NAME")
    parser.add_argument("--family", action="append", default=[], choices=sorted(FAMILIES))
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument("--verbose", action="store_true", help="a line for each cell as it ends")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
