"""``inlet harvest``: everything a provider has in a window, in this process."""

from dataclasses import replace
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from harvesters.request import HarvestRequest
from harvesters.selection import Area
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.demand.admission import admit
from inlet.harvest import Harvested, Watch
from inlet.harvest import harvest_scope as run
from inlet.house import opened
from inlet.portfolio import Portfolio
from inlet.scope import Scope
from lake.nouns import Window

Collection = Annotated[str, typer.Argument(help="A collection of the portfolio.")]


Start = Annotated[
    str | None, typer.Option(help="Begin of the window, UTC, inclusive; default: the cursor.")
]
End = Annotated[str | None, typer.Option(help="End of the window, UTC, exclusive; default: now.")]
InLane = Annotated[
    Lane, typer.Option("--lane", help="Whose share of the providers' rates it uses.")
]


Ids = Annotated[
    list[str] | None, typer.Option("--id", help="Only this item of the window; give it again.")
]
InArea = Annotated[
    str | None, typer.Option("--area", help="Only items that touch west,south,east,north.")
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--variable", help="Only this variable. Refused: items come whole."),
]
Forced = Annotated[
    bool, typer.Option("--force", help="Fetch again what is here, to see whether it changed.")
]


def harvest(
    collection: Collection,
    start: Start = None,
    end: End = None,
    ids: Ids = None,
    area: InArea = None,
    variable: Variables = None,
    force: Forced = False,
    lane: InLane = Lane.ON_DEMAND,
    json: show.AsJson = False,
) -> int:
    """Harvest a collection: discover, order, land, convert, judge, publish, announce."""
    wanted = Scope(collection, _window(start, end))
    with opened(lane=lane) as house, _bars(json) as progress:
        house.portfolio.collection(collection)
        if ids or area or variable or force:
            wanted = _part(house.portfolio, wanted, ids or [], area, variable or [], force)
        done = run(house, wanted, _watch(progress))
    if json:
        show.as_json(
            {
                "harvested": done,
                "published": done.published,
                "left_out": done.left_out,
                "no_data": done.no_data,
            }
        )
    else:
        _tell(collection, done)
    return _exit(done)


def _window(start: str | None, end: str | None) -> Window | None:
    """Return the window that was asked for; None for everything since the cursor."""
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise typer.BadParameter(
            "give both --start and --end, or neither for everything since the cursor"
        )
    return show.window(start, end)


def _part(
    portfolio: Portfolio,
    whole: Scope,
    ids: list[str],
    area: str | None,
    variables: list[str],
    force: bool,
) -> Scope:
    """Return what is about a part of a window, where that can be honoured."""
    if whole.window is None:
        raise typer.BadParameter("give --start and --end beside --id, --area and --force")
    try:
        box = None if area is None else Area.of([float(corner) for corner in area.split(",")])
        asked = HarvestRequest(
            whole.collection, whole.window, frozenset(ids), box, frozenset(variables), force
        )
        admit(portfolio, asked)
    except (ValueError, NotHonoured) as error:
        raise typer.BadParameter(str(error)) from error
    return replace(whole, selection=asked.selection, alone=True, force=force)


def _tell(collection: str, done: Harvested) -> None:
    found = done.found
    if found.reason:
        show.console.print(f"{collection}: not all of it is accounted for: {found.reason}")
    if not found.found:
        show.console.print(f"{collection}: the provider has nothing in this window")
    elif not found.reason and not (done.published or done.left_out or done.no_data):
        show.console.print(f"{collection}: {found.found} found, nothing new: all of it is here")
    else:
        show.console.print(
            f"{collection}: {found.found} found, {found.new} new, {done.published} published, "
            f"{done.left_out} left out"
        )
    if done.no_data:
        show.console.print(f"{collection}: for {done.no_data} of them the provider has no data")
    if found.withdrawn:
        show.console.print(
            f"{collection}: the provider took {found.withdrawn} back; `inlet status` names them"
        )
    if done.left_out:
        show.console.print(f"`inlet status {collection}` lists what was left out, and why")


def _exit(done: Harvested) -> Exit:
    if done.left_out or done.found.reason:
        return Exit.LEFT_OUT
    return Exit.DONE if done.found.found else Exit.NOTHING_THERE


def _bars(quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=show.console,
        disable=quiet or not show.console.is_terminal,
        transient=True,
    )


def _watch(progress: Progress) -> Watch:
    bars = {}

    def watch(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            bars[stage] = progress.add_task(stage, total=total)
        progress.update(bars[stage], completed=done, total=total)

    return watch
