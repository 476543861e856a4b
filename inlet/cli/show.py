"""What a person or a program sees: calm tables, or JSON where ``--json`` is given."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lake.nouns import Window

_PIPE_WIDTH = 200  # columns for a file or a pipe, which has no width of its own
console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=_PIPE_WIDTH)

AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]
Start = Annotated[
    str, typer.Option(help="Begin of the window, UTC, inclusive: 2024-01-01[T00:00].")
]
End = Annotated[str, typer.Option(help="End of the window, UTC, exclusive.")]


def as_json(value: object) -> None:
    """Print ``value`` (dataclasses, lists, plain things) as one JSON document."""
    write(TypeAdapter(Any).dump_json(value, indent=2).decode())


def write(text: str) -> None:
    """Print text as it is, for programs."""
    sys.stdout.write(text + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers stand right, and only the last column may wrap."""
    drawn = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for index, name in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[index], int) for row in rows)
        drawn.add_column(
            name,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=index < len(columns) - 1,
        )
    for row in rows:
        drawn.add_row(*(escape(cell(value)) for value in row))
    console.print(drawn)


def cell(value: object) -> str:
    """Return ``value`` as a table shows it."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)


def first_line(text: str) -> str:
    """Return what a line of a table has room for; the ledger and ``--json`` have the rest."""
    return text.partition("\n")[0]


def window(start: str, end: str) -> Window:
    """Return the window that two texts describe.

    Raises:
        typer.BadParameter: a text is no time, or the start is not before the end.
    """
    try:
        return Window(moment(start), moment(end))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def moment(text: str) -> datetime:
    """Return the UTC time that ``text`` (ISO 8601) names; no zone means UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
