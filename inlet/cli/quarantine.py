"""``inlet quarantine``: what the gate held back, and what people decide about it."""

import getpass
from typing import Annotated

import typer

from inlet import quarantine
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import House, opened
from inlet.quarantine import Case
from lake.ledger.states import ItemState
from lake.nouns import ItemId

app = typer.Typer(help="Cubes that the quality gate held back.", no_args_is_help=True)


def _something(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("expected a word or more, came nothing")
    return text.strip()


Id = Annotated[int, typer.Argument(help="The id that `inlet quarantine list` shows.")]
By = Annotated[str, typer.Option(help="Who decides it.", callback=_something)]
Reason = Annotated[str, typer.Option(help="Why; it is kept and shown.", callback=_something)]


@app.command("list")
def list_(
    collection: Annotated[str | None, typer.Argument(help="Only this collection.")] = None,
    json: show.AsJson = False,
) -> None:
    """List what is in quarantine, and the first finding against it."""
    with opened() as house:
        found = quarantine.cases(house, collection)
    if json:
        show.as_json(found)
        return
    rows = [(c.item.id, c.item.collection, c.item.key, c.suite, c.item.reason) for c in found]
    show.table("Quarantine", ("id", "collection", "key", "suite", "reason"), rows)


@app.command("show")
def show_(item: Id, json: show.AsJson = False) -> None:
    """Show all that the gate has against a cube, where its evidence is, and what was decided."""
    with opened() as house:
        found = quarantine.case(house, ItemId(item))
    if json:
        show.as_json(found)
    else:
        _tell(found)


@app.command()
def release(item: Id, by: By, reason: Reason) -> int:
    """Let a cube out though the gate said no; its item and its report say who did, and why."""
    with opened() as house:
        quarantine.release(house, ItemId(item), by, reason)
        return _gone_on(house, ItemId(item))


@app.command()
def retry(
    item: Id,
    convert: Annotated[bool, typer.Option("--convert", help="Make the cube anew before.")] = False,
    by: Annotated[str, typer.Option(help="Who asks; default: you.")] = "",
    reason: Annotated[str, typer.Option(help="Why.", callback=_something)] = "tried again",
) -> int:
    """Have a cube judged again, by the suite of today."""
    with opened() as house:
        asker = by.strip() or getpass.getuser()
        quarantine.retry(house, ItemId(item), asker, reason, convert=convert)
        return _gone_on(house, ItemId(item))


@app.command()
def discard(item: Id, by: By, reason: Reason) -> None:
    """Give a cube up for good; its evidence is kept."""
    with opened() as house:
        quarantine.discard(house, ItemId(item), by, reason)
        found = quarantine.case(house, ItemId(item))
    show.console.print(f"{_name(found)}: withdrawn, {found.item.reason}", soft_wrap=True)


def _gone_on(house: House, row: ItemId) -> Exit:
    """Bring the item on and tell how far it came."""
    state = quarantine.go_on(house, row)
    found = quarantine.case(house, row)
    why = f", {found.item.reason}" if found.item.reason else ""
    show.console.print(f"{_name(found)}: {state}{why}", soft_wrap=True)
    return Exit.DONE if state in {ItemState.PUBLISHED, ItemState.SUPERSEDED} else Exit.LEFT_OUT


def _tell(found: Case) -> None:
    show.console.print(f"{_name(found)}: {found.item.state}, judged by {found.suite}")
    rows = [(f.subject, f.expectation, f.expected, f.observed) for f in found.findings]
    show.table("\nWhat failed", ("subject", "check", "expected", "observed"), rows)
    show.table("\nEvidence", ("what", "where"), list(found.evidence.items()))
    if found.decisions:
        made = [(d.at, d.kind, d.by, d.reason) for d in found.decisions]
        show.table("\nDecisions", ("when", "what", "by", "reason"), made)


def _name(found: Case) -> str:
    return f"{found.item.collection}/{found.item.key} @ {found.item.revision}"
