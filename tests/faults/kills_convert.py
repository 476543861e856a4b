"""``make kills-convert``: conversion and commit, killed again and again while a reader reads.

Two collections of the same granules, one of each layout, are refined from what has landed; the
processes are killed with SIGKILL, over and over, at random moments or as soon as they are at what
is aimed at. When all is published it is compared with an undisturbed house, and begun anew. The
exit code is 1 where a reader met something that was not whole, or the end differs.
"""

import argparse
import logging
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
import xarray as xr
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from inlet import places
from inlet.harvest import bring
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import items
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.faults.aftermath import Claim
from tests.faults.haste import PORTFOLIO
from tests.faults.reader import VARIABLE, Reader, Right, Seen
from tests.faults.refining import begun
from transforms.writers.icechunk import Main
from transforms.writers.target import Target

BEGIN = datetime(2024, 1, 3, tzinfo=UTC)
EVERY = timedelta(hours=6)
GROWN, ALONE = "ticks-cube", "ticks-item"
RECIPES: Mapping[str, Mapping[str, object]] = {
    ALONE: {"layout": "item"},
    GROWN: {
        "layout": "cube",
        "growth": {"start": "2024-01-01", "step": "PT6H", "end": "2024-03-01"},
    },
}
STAGES = {"assembling": "converting", "converted": "judging", "judged": "publishing"}
AIMS: Mapping[str, Sequence[str | None]] = {
    GROWN: ("growing", "growing", "converting", None),
    ALONE: ("converting", "converting", "publishing", None),
}
"""What a process has to be at when it is killed; None for any moment."""
BATCH = 3
LONGEST_AFTER_AIM_SECONDS = 0.4
MOST_LAST_RUNS = 5
LOOK_EVERY_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Plan:
    """How many granules each collection has, and how often and how soon it is killed."""

    granules: int
    kills: int
    seed: int
    longest_seconds: float


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What it came to; ``struck`` counts what the killed processes were at."""

    claims: tuple[Claim, ...]
    struck: Counter[str]
    looks: Counter[str]
    houses: int
    seconds: float

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)


def suffered(plan: Plan, place: Path) -> Aftermath:
    """Refine below ``place``, kill, refine again, and compare with what nobody killed."""
    began = time.monotonic()
    portfolio = _portfolio(place / "portfolio")
    with Sandbox.start() as sandbox:
        landed = _settings(place / "landed", portfolio, sandbox_url=sandbox.url)
        _land(plan, landed)
    undisturbed = _copy(landed, place / "undisturbed")
    _brought_to_its_end(undisturbed)
    right, seen = _values(undisturbed), Seen()
    struck, found, houses, chance = Counter[str](), list[Claim](), 0, random.Random(plan.seed)
    while struck.total() < plan.kills:
        house = _copy(landed, place / f"killed-{houses}")
        with Reader(house.home, right, seen) as reader:
            while struck.total() < plan.kills and _is_at_work(house.home, plan):
                name = chance.choice(list(RECIPES))
                if (at := _killed(house, name, plan, chance)) is not None:
                    struck[f"{name} {at}"] += 1
            last_runs = _brought_to_its_end(house)
            reader.look()
        found += _claims(house, undisturbed, f"house {houses}", last_runs)
        houses += 1
        shutil.rmtree(house.home)
    broken = Claim("what a reader met that was not whole", seen.wrong, [])
    return Aftermath((broken, *found), struck, seen.looks, houses, time.monotonic() - began)


def _settings(home: Path, portfolio: Path, **more: str) -> Settings:
    return Settings(home=home, portfolio=portfolio, batch_size=BATCH, **more)


def _copy(of: Settings, home: Path) -> Settings:
    shutil.copytree(of.home, home)
    return _settings(home, of.portfolio_root)


def _killed(settings: Settings, collection: str, plan: Plan, chance: random.Random) -> str | None:
    """Let a process run and kill it; return what it was at, or None where it had ended by then."""
    process = begun(settings, collection)
    aim = chance.choice(AIMS[collection])
    if aim is None:
        deadline = time.monotonic() + chance.uniform(0.1, plan.longest_seconds)
    else:
        while process.is_alive() and _at(settings.home, process.pid) != aim:
            time.sleep(LOOK_EVERY_SECONDS)
        deadline = time.monotonic() + chance.uniform(0.0, LONGEST_AFTER_AIM_SECONDS)
    process.join(max(0.0, deadline - time.monotonic()))
    was_at_work = process.is_alive()
    process.kill()
    process.join()
    return _at(settings.home, process.pid) if was_at_work else None


def _brought_to_its_end(settings: Settings) -> int:
    """Run again until all is published of all; return how often it took."""
    for turn in range(1, MOST_LAST_RUNS + 1):
        running = [begun(settings, name) for name in RECIPES]
        for process in running:
            process.join()
        if not any(process.exitcode for process in running):
            return turn
    return MOST_LAST_RUNS + 1


def _portfolio(place: Path) -> Path:
    shutil.copytree(PORTFOLIO / "providers", place / "providers")
    (place / "collections").mkdir()
    yaml = YAML(typ="safe")
    described = yaml.load(PORTFOLIO / "collections" / "stac.yaml")
    for name, recipe in RECIPES.items():
        with (place / "collections" / f"{name}.yaml").open("w") as file:
            yaml.dump(described | {"id": name, "recipe": dict(recipe)}, file)
    return place


def _land(plan: Plan, settings: Settings) -> None:
    with opened(settings) as house:
        for name in RECIPES:
            bring(house, name, Window(BEGIN, BEGIN + plan.granules * EVERY))


def _values(settings: Settings) -> Right:
    with opened(settings) as house, house.ledger.begin() as tx:
        return {
            item.key: xr.open_zarr(house.store.url(places.cube(item)))[VARIABLE].values[0]
            for item in items.published(tx)
        }


def _is_at_work(home: Path, plan: Plan) -> bool:
    """Return True while no collection has all of its items published."""
    rows = "SELECT count(*) FROM item WHERE state = 'published' AND collection = ?"
    with closing(_read_only(home)) as ledger:
        counts = [ledger.execute(rows, [name]).fetchone()[0] for name in RECIPES]
    return max(counts) < plan.granules


def _at(home: Path, pid: int | None) -> str:
    """Return what a process is at, by what it holds a claim of."""
    mine = f"%/{pid}/%"
    with closing(_read_only(home)) as ledger:
        if ledger.execute("SELECT id FROM growth WHERE lease_owner LIKE ?", [mine]).fetchone():
            return "growing"
        rows = "SELECT state FROM item WHERE lease_owner LIKE ? ORDER BY id"
        found = ledger.execute(rows, [mine]).fetchone()
    return STAGES[found[0]] if found else "between"


def _read_only(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True, timeout=60)


def _claims(at: Settings, undisturbed: Settings, which: str, last_runs: int) -> list[Claim]:
    with opened(at) as killed, opened(undisturbed) as right:
        return [
            Claim(f"{which}: last runs at most", last_runs <= MOST_LAST_RUNS, True),
            Claim(f"{which}: digests of cubes", _digests(killed), _digests(right)),
            Claim(f"{which}: files beside cubes", _files(killed), _files(right)),
            Claim(f"{which}: the growing cube is the same", _is_same(killed, right), True),
            Claim(f"{which}: items committed twice", _committed_twice(killed), []),
            Claim(f"{which}: left in staging", killed.store.below(".staging"), []),
        ]


def _digests(house: House) -> dict[str, str]:
    with house.ledger.begin() as tx:
        published = items.published(tx)
    return {f"{i.collection}/{i.key}@{i.revision}": i.cube["digest"] for i in published}


def _files(house: House) -> list[str]:
    root = Path(house.store.url("cubes"))
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def _is_same(killed: House, right: House) -> bool:
    one, other = (
        xr.open_zarr(_main(house).repository.readonly_session("main").store)
        for house in (killed, right)
    )
    return bool(one.identical(other))


def _committed_twice(house: House) -> list[str]:
    counted = Counter(item.key for commit in _main(house).commits() for item in commit.items)
    return sorted(key for key, count in counted.items() if count > 1)


def _main(house: House) -> Main:
    return Main.open(Target(house.store.url(places.growing_cube(GROWN))))


def show(console: Console, plan: Plan, after: Aftermath) -> None:
    """Print what was done, and what holds."""
    table = Table(title=f"{plan.granules} granules a layout, killed {after.struck.total()} times")
    for heading in ("claim", "found", "expected", ""):
        table.add_column(heading, overflow="fold")
    for claim in after.claims:
        if not claim.holds:
            table.add_row(claim.what, str(claim.found), str(claim.expected), "[red]BROKEN[/]")
    held = sum(claim.holds for claim in after.claims)
    table.add_row(f"{held} of {len(after.claims)} claims", "", "", "[green]hold[/]")
    console.print(table)
    console.print(f"killed while {_counts(after.struck)}")
    console.print(f"a reader looked at {_counts(after.looks)}")
    console.print(f"{after.houses} houses brought to their end, {after.seconds:.0f} s")


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common())


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, look, print; 1 where a claim is broken."""
    parser = argparse.ArgumentParser("make kills-convert", description=__doc__.splitlines()[0])
    parser.add_argument("--granules", type=int, default=12)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-seconds", type=float, default=8.0, help="that a round lasts")
    plan = Plan(**vars(parser.parse_args(arguments)))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="inlet-kills-") as made:
        after = suffered(plan, Path(made))
    show(Console(), plan, after)
    return int(not after.holds)


if __name__ == "__main__":
    sys.exit(main())
