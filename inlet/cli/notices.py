"""``inlet notices``: what providers told us, and the harvests that it wakes."""

from typing import Annotated

import typer

from harvesters.notices.listening import listen as listen_to
from harvesters.notices.sources import PARSERS
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import opened
from inlet.waking import wake
from lake.broker import Consumer
from lake.ledger import notices

app = typer.Typer(help="Providers' messages that wake a harvest.", no_args_is_help=True)


@app.command("list")
def list_(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many.")] = 20,
    json: show.AsJson = False,
) -> None:
    """Show the newest notices, the newest first, and what became of them."""
    with opened() as house, house.ledger.begin() as tx:
        found = notices.recent(tx, count)
    if json:
        show.as_json(found)
        return
    rows = [(n.received_at, n.source, n.state, n.id, n.reason) for n in found]
    show.table("Notices", ("received", "source", "state", "id", "reason"), rows)


@app.command()
def run(json: show.AsJson = False) -> int:
    """Harvest what the waiting notices tell of."""
    with opened() as house:
        woken = wake(house)
    if json:
        show.as_json(woken)
    else:
        show.console.print(
            f"{woken.done} notices followed by {woken.harvests} harvests, {woken.published} "
            f"published, {woken.ignored} ignored, {woken.retrying} to be tried again"
        )
    return Exit.LEFT_OUT if woken.retrying or woken.left_out else Exit.DONE


@app.command()
def listen(
    topic: Annotated[str, typer.Option(help="The Kafka topic.")],
    servers: Annotated[
        str, typer.Option(envvar="INLET_KAFKA", help="host:port of the brokers, with commas.")
    ],
    source: Annotated[str, typer.Option(help=f"Who reads it: {', '.join(PARSERS)}.")] = "kafka",
    group: Annotated[str, typer.Option(help="The consumer group.")] = "inlet-notices",
    once: Annotated[bool, typer.Option("--once", help="End at the end of the topic.")] = False,
) -> int:
    """Take in a Kafka topic's records as notices."""
    if source not in PARSERS:
        raise typer.BadParameter(f"expected one of {', '.join(PARSERS)}, came {source!r}")
    with opened() as house, Consumer(servers, topic, group) as consumer:
        taken = listen_to(house.ledger, consumer, source, once)
    said = ", ".join(f"{count} {state}" for state, count in sorted(taken.items()))
    show.console.print(f"{topic}: {said or 'nothing new'}")
    return Exit.LEFT_OUT if notices.NoticeState.REJECTED in taken else Exit.DONE
