"""``inlet status``: how far everything is, and what is not there, with the reason."""

from dataclasses import fields
from typing import Annotated

import typer

from inlet.cli import show
from inlet.house import House, opened
from lake.ledger import circuits, progress, quotas, windows
from lake.ledger.circuits import Circuit
from lake.ledger.progress import Duplicate
from lake.ledger.quotas import Blocked

_ENDS = ("no_data", "superseded", "quarantined", "invalid", "failed", "outside")
Collection = Annotated[str | None, typer.Argument(help="Only this collection.")]


def status(collection: Collection = None, json: show.AsJson = False) -> None:
    """Show every collection's counts, the newest discoveries, and all that did not go through."""
    with opened() as house:
        found = _gather(house, collection)
    if json:
        show.as_json(found)
        return
    names = [field.name for field in fields(progress.Progress)]
    ends = [n for n in _ENDS if any(getattr(row, n) for row in found["progress"])]
    shown = [name for name in names if name not in _ENDS or name in ends]
    counts = [[getattr(row, name) for name in shown] for row in found["progress"]]
    show.table("Collections", shown, counts)
    _show_windows(found["windows"])
    _show_troubles(found["troubles"], all(r.is_accounted for r, _ in found["windows"]))
    _show_duplicates(found["duplicates"])
    _show_held_back(found["circuits"], found["blocked"])
    for problem in found["problems"]:
        show.console.print(f"[red]portfolio:[/red] {problem}", soft_wrap=True)


def _gather(house: House, collection: str | None) -> dict[str, list]:  # type: ignore[type-arg]
    with house.ledger.begin() as tx:
        known = progress.collections(tx)
        if collection is not None and collection not in known:
            house.portfolio.collection(collection)
        names = [collection] if collection else known
        return {
            "progress": [progress.progress(tx, name) for name in names],
            "windows": [
                (record, closed)
                for record, closed in windows.recent(tx)
                if collection in {None, record.collection}
            ],
            "troubles": progress.troubles(tx, collection),
            "duplicates": progress.duplicates(tx, collection),
            "circuits": circuits.not_closed(tx),
            "blocked": quotas.blocked(tx),
            "problems": [str(problem) for problem in house.portfolio.problems],
        }


def _show_windows(records: list[tuple[windows.WindowRecord, object]]) -> None:
    rows = [
        (
            r.collection,
            r.provider,
            f"{r.window.start:%Y-%m-%dT%H:%M} – {r.window.end:%Y-%m-%dT%H:%M}",  # noqa: RUF001
            r.stated,
            r.found,
            r.new,
            _verdict(r),
        )
        for r, _ in records
    ]
    heads = ("collection", "provider", "window", "stated", "found", "new", "verdict")
    show.table("\nNewest discoveries", heads, rows)


def _verdict(record: windows.WindowRecord) -> str:
    """Return whether a window is complete, and what is odd about it; why it was cut is neither."""
    said = [record.reason] if record.reason and record.is_leaf else []
    return "; ".join(["complete", *said]) if record.is_accounted else record.reason or ""


def _show_troubles(troubles: list[progress.Trouble], is_all_found: bool) -> None:
    if not troubles:
        show.console.print(
            "\nNothing that was found has been left out."
            if is_all_found
            else "\nNothing that could be read has been left out; see the verdicts above."
        )
        return
    rows = [
        (t.collection, t.kind, t.name, t.provider, t.state, show.first_line(t.reason))
        for t in troubles
    ]
    heads = ("collection", "what", "name", "provider", "state", "reason")
    show.table("\nNot here, or not from there, and why", heads, rows)


def _show_duplicates(duplicates: list[Duplicate]) -> None:
    rows = [(d.collection, d.name, d.provider, d.count, d.reason) for d in duplicates]
    if rows:
        heads = ("collection", "name", "provider", "duplicates", "reason")
        show.table("\nOrders that may have been placed twice", heads, rows)


def _show_held_back(open_circuits: list[Circuit], blocked: list[Blocked]) -> None:
    """Tell which hosts are not asked for they do not answer, and which wish to be left alone."""
    silent = [
        (c.host, f"{c.retry_at:%Y-%m-%dT%H:%M:%SZ}", f"{c.failures} failures: {c.reason}")
        for c in open_circuits
    ]
    limited = [
        (
            f"{b.provider} {b.operation}",
            f"{b.until:%Y-%m-%dT%H:%M:%SZ}",
            "the provider asked for it",
        )
        for b in blocked
    ]
    if silent or limited:
        show.table("\nNot asked for now", ("who", "until", "why"), [*silent, *limited])
