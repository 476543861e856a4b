"""``inlet judge``: a changed suite over the newest cubes of a collection."""

from pathlib import Path
from typing import Annotated

import typer

from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import opened
from inlet.portfolio import read_suite
from inlet.rejudgement import Rejudged, rejudge

Collection = Annotated[str, typer.Argument(help="A collection of the portfolio.")]
_WORDS = {True: "passes", False: "fails", None: "not measured"}


def judge(
    collection: Collection,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest cubes.")],
    suite: Annotated[
        Path | None,
        typer.Option(help="YAML of a suite, or a collection's file; default: the portfolio's."),
    ] = None,
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Put what fails and is not out yet into quarantine."),
    ] = False,
    json: show.AsJson = False,
) -> int:
    """Judge the newest cubes again; what is published is told of and never touched."""
    with opened() as house:
        current = house.portfolio.collection(collection).quality
        asked = read_suite(suite) if suite else current
        found = rejudge(house, collection, last, asked, apply=apply)
    if json:
        show.as_json(found)
    else:
        _tell(found, f"{collection} by {asked.name}@{asked.version}")
    if not found:
        return Exit.NOTHING_THERE
    return Exit.DONE if all(one.passed for one in found) else Exit.LEFT_OUT


def _tell(found: list[Rejudged], title: str) -> None:
    rows = [
        (
            one.id,
            one.key,
            f"{one.state} → quarantined" if one.quarantined_now else str(one.state),
            _WORDS[one.passed],
            show.first_line(one.reason or ""),
        )
        for one in found
    ]
    show.table(title, ("id", "key", "state", "verdict", "reason"), rows)
    out = [one for one in found if one.passed is False and one.state == "published"]
    if out:
        show.console.print(f"\n{len(out)} of them are published and would fail")
