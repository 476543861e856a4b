"""``inlet demo``: the whole way, from four providers to fired hooks, on this machine alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from inlet import demo as run
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.harvest import Watch

Data = Annotated[
    Path | None,
    typer.Option(exists=True, file_okay=False, help="Take your own GRIB and NetCDF from here."),
]
Home = Annotated[Path, typer.Option(help="Where everything is left.")]


def demo(data: Data = None, home: Home = Path("var/demo")) -> int:
    """Harvest the sandbox's providers through the Airflow DAGs; show what came of it."""
    with _bars() as progress:
        done = run.demonstrate(home, data, _watch(progress))
    columns = ("collection", "discovered", "landed", "converted", "judged", "published", "new")
    rows = [
        (p.collection, p.discovered, p.landed, p.converted, p.judged, p.published, new)
        for p, new in done.rows
    ]
    show.table("What came of it", columns, rows)
    show.console.print(
        f"\nevents relayed {done.relayed}   hooks fired "
        + "   ".join(f"{name} {count}" for name, count in done.fired.items())
    )
    for what, where in done.places.items():
        show.console.print(f"{what:<10} {where}", soft_wrap=True)
    for trouble in done.troubles:
        reason = show.first_line(trouble.reason)
        show.console.print(f"left out   {trouble.collection}/{trouble.name}: {reason}")
    if not done.troubles and not any(new for _, new in done.rows):
        show.console.print("Nothing new: all that the providers have in this window is here.")
    if not done.succeeded:
        show.console.print(f"An Airflow run did not succeed; its log: {done.log}")
    return Exit.DONE if done.succeeded and not done.troubles else Exit.LEFT_OUT


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=show.console,
        disable=not show.console.is_terminal,
        transient=True,
    )


def _watch(progress: Progress) -> Watch:
    bars = {name: progress.add_task(name, total=None) for name in run.STAGES}

    def watch(stage: str, done: int, total: int) -> None:
        progress.update(bars[stage], completed=done, total=total)

    return watch
