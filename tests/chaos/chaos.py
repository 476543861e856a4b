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
from pathlib import Path

import pytest
import structlog
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from catalog.export import export
from inlet.house import opened
from inlet.stack.plan import GROUND
from tests.chaos import cast, cubes
from tests.chaos.drama import Aftermath, Drama
from tests.chaos.evidence import Evidence
from tests.chaos.plan import COLLECTIONS, KEEPING, Plan
from tests.faults.haste import PORTFOLIO
from tests.stack_fixture import running


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
        drama = Drama(plan, house, actors, inbox, told)
        with cast.tended(actors):
            drama.play()
            drama.wait_for_the_end()
        house.publisher.tidy(house.ledger)
        export(house.ledger, house.settings.catalog_root, house.templates)
        found = Evidence.gathered(house, inbox)
        return drama.aftermath(found, time.monotonic() - began)


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
