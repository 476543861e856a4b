"""``inlet status``: how far everything is, and what is not there, with the reason."""

from dataclasses import fields
from typing import Annotated

import typer

from inlet.cli import show
from inlet.house import House, opened
from lake.ledger import progress, windows

Collection = Annotated[str | None, typer.Argument(help="Only this collection.")]


def status(collection: Collection = None, json: show.AsJson = False) -> None:
    """Show every collection's counts, the newest discoveries, and all that did not go through."""
    with opened() as house:
        found = _gather(house, collection)
    if json:
        show.as_json(found)
        return
    names = [field.name for field in fields(progress.Progress)]
    counts = [[getattr(row, name) for name in names] for row in found["progress"]]
    show.table("Collections", names, counts)
    _show_windows(found["windows"])
    _show_troubles(found["troubles"])
    for problem in found["problems"]:
        show.console.print(f"[red]portfolio:[/red] {problem}", soft_wrap=True)


def _gather(house: House, collection: str | None) -> dict[str, list]:  # type: ignore[type-arg]
    with house.ledger.begin() as tx:
        names = [collection] if collection else progress.collections(tx)
        return {
            "progress": [progress.progress(tx, name) for name in names],
            "windows": [
                (record, closed)
                for record, closed in windows.recent(tx)
                if collection in {None, record.collection}
            ],
            "troubles": progress.troubles(tx, collection),
            "problems": [str(problem) for problem in house.portfolio.problems],
        }


def _show_windows(records: list[tuple[windows.WindowRecord, object]]) -> None:
    rows = [
        (
            r.collection,
            r.provider,
            r.window.start,
            r.window.end,
            r.stated,
            r.found,
            r.new,
            r.reason or "complete",
        )
        for r, _ in records
    ]
    heads = ("collection", "provider", "start", "end", "stated", "found", "new", "verdict")
    show.table("\nNewest discoveries", heads, rows)


def _show_troubles(troubles: list[progress.Trouble]) -> None:
    if not troubles:
        show.console.print("\nNothing was left out.")
        return
    rows = [(t.collection, t.kind, t.name, t.state, show.first_line(t.reason)) for t in troubles]
    show.table("\nNot here, and why", ("collection", "what", "name", "state", "reason"), rows)
