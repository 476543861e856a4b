"""``inlet events``: the signals that went out, or wait to."""

from typing import Annotated

import typer

from inlet.cli import show
from inlet.house import opened
from lake.ledger import outbox

app = typer.Typer(help="Signals of what was published.", no_args_is_help=True)


@app.command()
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many.")] = 20,
    json: show.AsJson = False,
) -> None:
    """Show the newest signals, the newest last."""
    with opened() as house, house.ledger.begin() as tx:
        signals = outbox.tail(tx, count)
    if json:
        show.as_json([{"signal": signal, "sent_at": sent} for signal, sent in signals])
        return
    rows = [
        (s.created_at, s.type.rpartition(".")[2], s.subject, s.event_id, sent)
        for s, sent in signals
    ]
    show.table("Signals", ("written", "type", "subject", "event id", "sent"), rows)
