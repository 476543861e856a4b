"""``make chaos``: publication on the real services, all of which are killed again and again.

Items are published, renewed and withdrawn in PostgreSQL with pgstac, their cubes put into S3,
their signals relayed to Kafka and consumed, by two processes of each kind. Meanwhile publishers,
relays, consumers, the broker, the postmaster and the S3 server are killed with SIGKILL, one after
another at random moments, and started again. Then all runs to its end. The exit code is 1 where
an item is lost, published unsignalled, doubled or out of order at the consumer, or where two
places disagree.
"""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
import structlog
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML
from sqlalchemy.exc import DBAPIError

from catalog.export import export
from inlet.house import House, opened
from inlet.stack.plan import GROUND
from lake.ledger import items, outbox, revisions
from lake.ledger.ledger import Transaction
from lake.ledger.states import ItemState
from tests.chaos import cast, cubes
from tests.chaos.cast import CONSUMER, RELAY, SHARES, Actor
from tests.chaos.claims import claims
from tests.chaos.evidence import Evidence, effects
from tests.chaos.feeding import feed
from tests.chaos.looks import Looks
from tests.chaos.plan import COLLECTIONS, KEEPING, Move, Plan
from tests.faults.aftermath import Claim
from tests.faults.haste import PORTFOLIO
from tests.stack_fixture import running

_LOOK_EVERY_SECONDS = 1.0
_TOLD_EVERY = 10
_LONGEST_END_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What it came to: who was killed, who ended by itself, what there was in the end."""

    claims: tuple[Claim, ...]
    struck: Counter[str]
    left: Counter[str]
    looks: Counter[str]
    counts: Counter[str]
    seconds: float

    @property
    def holds(self) -> bool:
        return all(claim.holds for claim in self.claims)


def suffered(plan: Plan, place: Path, told: Callable[[str], None] = lambda _: None) -> Aftermath:
    """Publish on services of its own and below ``place``, kill, wait for the end, and look.

    ``told`` hears how far it is.
    """
    began, inbox = time.monotonic(), place / "inbox.db"
    with (
        running(*GROUND) as services,
        _known(services.environment, place) as environment,
        opened() as house,
    ):
        actors = cast.of_services(services)
        actors += cast.of_house(environment, place, f"sqlite:///{inbox}")
        drama = _Drama(plan, house, actors, inbox, told)
        with cast.tended(actors):
            drama.play()
            drama.wait_for_the_end()
        house.publisher.tidy(house.ledger)
        export(house.ledger, house.settings.catalog_root, house.templates)
        found = Evidence.gathered(house, inbox)
        return drama.aftermath(found, time.monotonic() - began)


class _Drama:
    """Everything that happens between the first move and the last effect."""

    def __init__(
        self,
        plan: Plan,
        house: House,
        actors: Sequence[Actor],
        inbox: Path,
        told: Callable[[str], None],
    ) -> None:
        self._plan, self._house, self._actors = plan, house, actors
        self._inbox, self._told = inbox, told
        self._looks = Looks(house)
        self._chance = Random(plan.seed)
        self._moves = plan.moves()
        self._fed = 0
        self._unstruck = self._chance.sample(list(SHARES), len(SHARES))
        self._struck = Counter[str]()
        self._is_at_end = False

    def play(self) -> None:
        """Make the moves and strike, in step with each other."""
        while (struck := self._struck.total()) < self._plan.kills:
            due = len(self._moves) * (struck + 1) // self._plan.kills
            self._feed(self._moves[self._fed : due])
            self._looks.look(self._chance)
            time.sleep(self._chance.uniform(0.0, self._plan.longest_seconds))
            self._strike()
            if self._struck.total() % _TOLD_EVERY == 0 and self._struck.total() != struck:
                self._told(f"{self._struck.total()} kills, {self._fed} moves")

    def wait_for_the_end(self) -> None:
        """Let all run undisturbed until nothing is left to do, or for as long as it may take."""
        deadline = time.monotonic() + _LONGEST_END_SECONDS
        self._told("no more kills")
        while time.monotonic() < deadline and not self._is_at_end:
            time.sleep(_LOOK_EVERY_SECONDS)
            self._feed(self._moves[self._fed :])
            self._is_at_end = self._has_ended()

    def aftermath(self, found: Evidence, seconds: float) -> Aftermath:
        """Return what it came to."""
        left = Counter[str]()
        for actor in self._actors:
            left[actor.kind] += actor.left
        told = [
            Claim("kills", self._struck.total() >= self._plan.kills, True),
            Claim("it came to its end", self._is_at_end, True),
            Claim("what a reader met that was not whole", self._looks.wrong, []),
            Claim("relays that gave up", left[RELAY], 0),
            Claim("consumers that gave up", left[CONSUMER], 0),
        ]
        states = Counter(f"revisions {row.state}" for row in found.rows)
        counts = Counter({"signals": len(found.signals), "records": len(found.records)})
        counts += Counter({"effects": len(found.effects), "cubes": len(found.digests)})
        found_claims = claims(self._house, self._moves, found)
        return Aftermath(
            (*found_claims, *told),
            self._struck,
            left,
            self._looks.counts,
            states + counts,
            seconds,
        )

    def _feed(self, moves: Sequence[Move]) -> None:
        """Have providers move; where the ledger does not answer, they move later."""
        try:
            with self._house.ledger.begin() as tx:
                feed(tx, moves)
        except DBAPIError:
            return
        self._fed += len(moves)

    def _strike(self) -> None:
        kind = self._unstruck.pop() if self._unstruck else self._any()
        actor = self._chance.choice([a for a in self._actors if a.kind == kind])
        self._struck[kind] += actor.strike()

    def _any(self) -> str:
        return self._chance.choices(list(SHARES), list(SHARES.values()))[0]

    def _has_ended(self) -> bool:
        try:
            with self._house.ledger.begin() as tx:
                on_the_way = [
                    row
                    for name in COLLECTIONS
                    for row in (*_on_the_way(tx, name), *revisions.bereft(tx, name))
                ]
                waiting = outbox.unsent(tx, 1)
                told = len(outbox.tail(tx, 10**9))
        except DBAPIError:
            return False
        is_all_fed = self._fed == len(self._moves)
        return is_all_fed and not on_the_way and not waiting and len(effects(self._inbox)) >= told


def _on_the_way(tx: Transaction, collection: str) -> Sequence[object]:
    """Return what is to be published yet, what failed for now included."""
    failed = items.newest(tx, collection, [ItemState.FAILED], 1)
    return [*items.unfinished(tx, collection), *failed]


@contextmanager
def _known(services: Mapping[str, str], place: Path) -> Iterator[Mapping[str, str]]:
    """Have this process know the services, and a portfolio and a home below ``place``."""
    _lay_portfolio(place / "portfolio")
    cubes.lay(place / cubes.TEMPLATE)
    own = {"INLET_HOME": str(place / "home"), "INLET_PORTFOLIO": str(place / "portfolio")}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**services, **own}.items():
            patch.setenv(name, value)
        yield {**services, **own}


def _lay_portfolio(place: Path) -> None:
    shutil.copytree(PORTFOLIO / "providers", place / "providers")
    (place / "collections").mkdir()
    yaml = YAML(typ="safe")
    described = yaml.load(PORTFOLIO / "collections" / "stac.yaml")
    for name in COLLECTIONS:
        policy = "keep" if name == KEEPING else "withdraw"
        with (place / "collections" / f"{name}.yaml").open("w") as file:
            yaml.dump(described | {"id": name, "on_withdrawal": policy}, file)


def show(console: Console, plan: Plan, after: Aftermath) -> None:
    """Print what was done, and what holds."""
    table = Table(title=f"{plan.items} items, {after.struck.total()} kills")
    for heading in ("claim", "found", "expected", ""):
        table.add_column(heading, overflow="fold")
    for claim in after.claims:
        mark = "[green]holds[/]" if claim.holds else "[red]BROKEN[/]"
        table.add_row(claim.what, _short(claim.found), _short(claim.expected), mark)
    console.print(table)
    console.print(f"killed: {_counts(after.struck)}")
    console.print(f"ended by themselves, and were started again: {_counts(after.left)}")
    console.print(f"a reader looked at {_counts(after.looks)}")
    console.print(f"in the end: {_counts(after.counts)}; {after.seconds:.0f} s")


def _short(found: object) -> str:
    """Return a list as its length and its first members."""
    if not isinstance(found, list):
        return str(found)
    return f"{len(found)} {found[:5]}" if found else "0"


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common())


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, look, print; 1 where a claim is broken."""
    parser = argparse.ArgumentParser("make chaos", description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=210)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest-seconds", type=float, default=3.5, help="between two kills")
    plan, console = Plan(**vars(parser.parse_args(arguments))), Console()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="inlet-chaos-") as made:
        after = suffered(plan, Path(made), console.print)
    show(console, plan, after)
    return int(not after.holds)


if __name__ == "__main__":
    sys.exit(main())
