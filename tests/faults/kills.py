"""``make kills``: a harvest with faults on, killed again and again, and what it came to.

Three collections (one searched, two ordered) are harvested side by side into one house by
``inlet harvest``; all are killed with SIGKILL, each at a random moment, over and over; then they
run to their end. Faults stay on from the first to the last moment. The exit code is 1 where a
granule is lost, torn or doubled, or an order was placed twice where that could be known.
"""

import argparse
import logging
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from inlet.harvest import bring
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.faults.aftermath import Claim, claims, landed_so_far
from tests.faults.evidence import Landed, gathered
from tests.faults.haste import PORTFOLIO, Neighbourhood, environment

BEGIN = datetime(2024, 1, 3, tzinfo=UTC)
COLLECTIONS = ("stac", "cds", "polytope")
MOST_LAST_RUNS = 12
_REST_SECONDS = 15.0
"""Between the last runs: an order that was lost twice is placed again after two minutes."""
_FAULTS: Sequence[tuple[str, str, int]] = (
    ("short_page", "stac", 3),
    ("http_429_with_retry_after", "stac", 40),
    ("connection_reset", "stac", 50),
    ("truncated_body", "stac", 7),
    ("reset_midway", "stac", 11),
    ("http_429_with_retry_after", "cds", 30),
    ("post_accepted_but_reply_lost", "cds", 3),
    ("truncated_body", "cds", 3),
    ("connection_reset", "polytope", 40),
    ("post_accepted_but_reply_lost", "polytope", 4),
    ("truncated_body", "polytope", 3),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is harvested, how often and how soon it is killed.

    ``only_lands`` leaves out what comes after landing, which takes most of the time.
    """

    granules: int
    kills: int
    seed: int
    longest_seconds: float
    only_lands: bool

    def windows(self) -> dict[str, Window]:
        """Return what is asked of each collection: most are searched, some are ordered."""
        cds, polytope = self.granules // 10, self.granules // 20
        ticks = timedelta(hours=6) * (self.granules - cds - polytope)
        return {
            "stac": Window(BEGIN, BEGIN + ticks),
            "cds": Window(BEGIN, BEGIN + timedelta(days=cds)),
            "polytope": Window(BEGIN, BEGIN + timedelta(days=polytope)),
        }


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a killed harvest came to.

    ``kills`` hit a process that was at work; ``landed_at`` is how much had landed after each
    round.
    """

    claims: tuple[Claim, ...]
    kills: int
    landed_at: tuple[int, ...]
    last_runs: int
    struck: Mapping[str, int]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)


def suffered(plan: Plan, home: Path) -> Aftermath:
    """Harvest below ``home``, kill, harvest again, and look at what is there in the end."""
    began = time.monotonic()
    portfolio = _for_long_harvests(home / "portfolio")
    expected = _undisturbed(plan, portfolio, home / "undisturbed")
    with Sandbox.start(arguments=("--order-delay", "0.5")) as sandbox, ExitStack() as stack:
        for name, room, every in _FAULTS:
            stack.enter_context(sandbox.fault(name, room, every=every))
        harvests = _Harvests(plan, home / "killed", portfolio, sandbox)
        kills, landed_at = 0, []
        for chance in _chances(plan):
            kills += harvests.killed(chance)
            landed_at.append(landed_so_far(home / "killed"))
        last_runs = harvests.brought_to_their_end()
        struck = {f"{n} by {room}": sandbox.hits(n, room) for n, room, _ in _FAULTS}
        orders = {room: sandbox.orders(room) for room in ("cds", "polytope")}
        with Neighbourhood.around(sandbox, portfolio).house(home / "killed") as house:
            found = claims(house, expected, orders, is_whole_way=not plan.only_lands)
    return Aftermath(found, kills, tuple(landed_at), last_runs, struck, time.monotonic() - began)


class _Harvests:
    """The processes, one for each collection."""

    def __init__(self, plan: Plan, home: Path, portfolio: Path, sandbox: Sandbox) -> None:
        self._plan = plan
        self._environment = os.environ | environment(sandbox)
        self._environment |= {"INLET_HOME": str(home), "INLET_PORTFOLIO": str(portfolio)}
        self._log = home.with_suffix(".log")

    def killed(self, chance: random.Random) -> int:
        """Let all run, and kill each at its moment; return how many were at work by then."""
        began, running = time.monotonic(), [self._begun(name) for name in COLLECTIONS]
        moments = sorted(chance.uniform(0.3, self._plan.longest_seconds) for _ in running)
        chance.shuffle(running)
        hit = 0
        for moment, process in zip(moments, running, strict=True):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            hit += process.poll() is None
            process.kill()
            process.wait()
        return hit

    def brought_to_their_end(self) -> int:
        """Run again until every collection says that all is done; return how often it took."""
        for turn in range(1, MOST_LAST_RUNS + 1):
            running = [self._begun(name) for name in COLLECTIONS]
            if not sum(process.wait() for process in running):
                return turn
            time.sleep(_REST_SECONDS)
        return MOST_LAST_RUNS

    def _begun(self, collection: str) -> subprocess.Popen[bytes]:
        window = self._plan.windows()[collection]
        module = "tests.faults.bringing" if self._plan.only_lands else "inlet"
        told = ["harvest"] if module == "inlet" else []
        command = [sys.executable, "-m", module, *told, collection]
        command += ["--start", window.start.isoformat(), "--end", window.end.isoformat()]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)


def _chances(plan: Plan) -> Iterator[random.Random]:
    for number in range(plan.kills):
        yield random.Random(f"{plan.seed}/{number}")


def _for_long_harvests(place: Path) -> Path:
    """Return the matrix's portfolio with larger pages, for hundreds of products."""
    shutil.copytree(PORTFOLIO, place)
    provider = place / "providers" / "stac.yaml"
    provider.write_text(provider.read_text().replace("page_size: 3", "page_size: 50"))
    return place


def _undisturbed(plan: Plan, portfolio: Path, home: Path) -> dict[str, Landed]:
    """Return what lands of each collection where nothing goes wrong, from a sandbox alike."""
    with (
        Sandbox.start(arguments=("--order-delay", "0.05")) as sandbox,
        Neighbourhood.around(sandbox, portfolio).house(home) as house,
    ):
        for name, window in plan.windows().items():
            bring(house, name, window)
        return {name: gathered(house, name).landed for name in COLLECTIONS}


def show(console: Console, plan: Plan, after: Aftermath) -> None:
    """Print what was done, and what holds."""
    table = Table(title=f"{plan.granules} granules, killed {after.kills} times")
    for heading in ("claim", "found", "expected", ""):
        table.add_column(heading)
    for claim in after.claims:
        mark = "[green]holds[/]" if claim.holds else "[red]BROKEN[/]"
        table.add_row(claim.what, str(claim.found), str(claim.expected), mark)
    console.print(table)
    struck = ", ".join(f"{name} {count}" for name, count in after.struck.items())
    console.print(f"landed after each round of kills: {', '.join(map(str, after.landed_at))}")
    console.print(f"faults struck: {struck}")
    console.print(f"{plan.kills} rounds, {after.last_runs} last runs, {after.seconds:.0f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, look, print; 1 where a claim is broken."""
    parser = argparse.ArgumentParser("make kills", description=__doc__.splitlines()[0])
    parser.add_argument("--granules", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30, help="rounds; three processes each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-seconds", type=float, default=12.0, help="that a round lasts")
    parser.add_argument("--only-lands", action="store_true", help="stop where bytes rest")
    options = parser.parse_args(arguments)
    plan = Plan(**vars(options))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with _home() as home:
        after = suffered(plan, home)
        show(Console(), plan, after)
    return int(not after.holds)


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="inlet-kills-") as made:
        yield Path(made)


if __name__ == "__main__":
    sys.exit(main())
