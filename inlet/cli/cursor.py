"""``inlet cursor``: how far each collection was harvested, and setting that by hand."""

from typing import Annotated

import typer

from harvesters import cursor
from inlet.cli import show
from inlet.house import opened
from lake.ledger import watermarks

app = typer.Typer(help="How far collections were harvested.", no_args_is_help=True)

Collection = Annotated[str, typer.Argument(help="A collection of the portfolio.")]
OneOrAll = Annotated[str | None, typer.Argument(help="Only this collection.")]
To = Annotated[str, typer.Option("--to", help="Where it is to stand, UTC: 2024-01-01[T00:00].")]
Provider = Annotated[str | None, typer.Option(help="Only the cursor of this provider.")]


@app.command("show")
def show_cursors(collection: OneOrAll = None, json: show.AsJson = False) -> None:
    """Show the cursors: everything before them is accounted for."""
    with opened() as house, house.ledger.begin() as tx:
        marks = watermarks.every(tx, collection)
    if json:
        show.as_json(marks)
        return
    if not marks:
        show.console.print("No cursor yet: `inlet cursor set COLLECTION --to TIME` begins one")
        return
    rows = [(m.collection, m.provider, f"{m.by} time", m.position, m.updated_at) for m in marks]
    heads = ("collection", "provider", "counts in", "stands at", "moved")
    show.table("Cursors", heads, rows)


@app.command("set")
def set_cursor(collection: Collection, to: To, provider: Provider = None) -> None:
    """Set a collection's cursors; the next harvest without a window begins there."""
    try:
        position = show.moment(to)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from error
    with opened() as house:
        sources = house.portfolio.collection(collection).sources
        chosen = [source for source in sources if provider in {None, source.provider}]
        if not chosen:
            known = ", ".join(source.provider for source in sources)
            raise typer.BadParameter(f"expected one of {known}, came {provider!r}")
        for source in chosen:
            by = cursor.put(house.ledger, house.gateway, collection, source, position)
            show.console.print(
                f"{collection}: the cursor of {source.provider} stands at "
                f"{show.cell(position)} ({by} time)"
            )
