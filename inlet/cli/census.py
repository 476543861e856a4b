"""``inlet census``: whether all that a provider published is here, and what is not."""

from datetime import timedelta
from typing import Annotated

import typer

from inlet.census.census import SINCE, Depth
from inlet.census.gaps import NOTES, Census
from inlet.census.repair import Repaired, reckon
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import House, opened
from lake.nouns import Window

Collection = Annotated[str, typer.Argument(help="A collection of the portfolio.")]
Since = Annotated[
    str | None, typer.Option(help="Begin of the data's time, UTC; default: 7 days ago.")
]
Until = Annotated[str | None, typer.Option(help="End of the data's time, UTC; default: now.")]
Repair = Annotated[bool, typer.Option("--repair", help="Mend what can be mended, look again.")]
Deep = Annotated[bool, typer.Option("--deep", help="Read every byte and compare digests.")]
Grace = Annotated[
    float, typer.Option(help="Hours in which a thing may still be on its way.", min=0)
]


def census(
    collection: Collection,
    since: Since = None,
    until: Until = None,
    repair: Repair = False,
    deep: Deep = False,
    grace: Grace = 24.0,
    json: show.AsJson = False,
) -> int:
    """Compare provider, lake, catalogue and events; exit code 3 where something is amiss."""
    depth = Depth(deep, timedelta(hours=grace))
    with opened() as house:
        window = _window(house, since, until)
        found, repaired = reckon(house, collection, window, depth, repair)
    if json:
        show.as_json({"census": found, "counts": found.counts, "repaired": repaired})
    else:
        _tell(found, repaired)
    return Exit.DONE if found.is_complete else Exit.LEFT_OUT


def _window(house: House, since: str | None, until: str | None) -> Window:
    now = house.ledger.clock()
    try:
        end = show.moment(until) if until else now
        return Window(show.moment(since) if since else end - SINCE, end)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _tell(found: Census, repaired: Repaired | None) -> None:
    window = found.window
    show.console.print(
        f"{found.collection}, {window.start:%Y-%m-%d %H:%M} to {window.end:%Y-%m-%d %H:%M}: the "
        f"provider lists {found.listed}"
    )
    if repaired is not None:
        show.console.print(
            f"mended: {repaired.reopened} fetched or made again, {repaired.moved_aside} moved "
            f"aside, {repaired.signalled} signalled, {repaired.published} published"
        )
    counted = [(kind, count) for kind, count in found.counts.items() if count]
    if counted:
        rows = [(kind, count, _word(kind in NOTES)) for kind, count in counted]
        show.table("\nCounts", ("kind", "how many", ""), rows)
        gaps = [(gap.kind, gap.name, show.first_line(gap.detail)) for gap in found.gaps]
        show.table("\nWhat", ("kind", "name", "detail"), gaps)
    if found.is_complete:
        show.console.print("Complete: all of it is here, or listed with its reason.")


def _word(is_note: bool) -> str:
    return "listed with the reason" if is_note else "to be mended"
