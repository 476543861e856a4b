"""``inlet harvest``: everything a provider has in a window, in this process."""

from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.harvest import Harvested, Watch
from inlet.harvest import harvest as run
from inlet.house import opened

Collection = Annotated[str, typer.Argument(help="A collection of the portfolio.")]


def harvest(
    collection: Collection, start: show.Start, end: show.End, json: show.AsJson = False
) -> int:
    """Harvest a collection: discover, order, land, convert, judge, publish, announce."""
    wanted = show.window(start, end)
    with opened() as house, _bars(json) as progress:
        house.portfolio.collection(collection)
        done = run(house, collection, wanted, _watch(progress))
    if json:
        show.as_json({"harvested": done, "published": done.published, "left_out": done.left_out})
    else:
        _tell(collection, done)
    return _exit(done)


def _tell(collection: str, done: Harvested) -> None:
    found = done.found
    if not found.found:
        show.console.print(f"{collection}: the provider has nothing in this window")
    elif not done.published and not done.left_out:
        show.console.print(f"{collection}: {found.found} found, nothing new: all of it is here")
    else:
        show.console.print(
            f"{collection}: {found.found} found, {found.new} new, {done.published} published, "
            f"{done.left_out} left out"
        )
    if done.left_out:
        show.console.print(f"`inlet status {collection}` lists what was left out, and why")


def _exit(done: Harvested) -> Exit:
    if done.left_out:
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
