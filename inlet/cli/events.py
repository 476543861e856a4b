"""``inlet events``: the signals that went out, or wait to; what they look like; telling again."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from catalog import event_schemas
from catalog.cloudevents import CloudEvent
from catalog.events import OF_CATALOGUE
from inlet import signalling
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import opened
from inlet.settings import Settings
from lake.ledger import outbox
from lake.ledger import replay as told
from lake.ledger.outbox import Kept
from lake.ledger.replay import Wanted
from lake.nouns import Signal

app = typer.Typer(help="Signals of what was published.", no_args_is_help=True)

Moment = str | None


@app.command()
def tail(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many.")] = 20,
    json: show.AsJson = False,
) -> None:
    """Show the newest signals, the newest last."""
    with opened() as house, house.ledger.begin() as tx:
        signals = outbox.tail(tx, count)
    _show("Signals", signals, json)


@app.command()
def refused(
    again: Annotated[bool, typer.Option("--again", help="Have them sent once more.")] = False,
    json: show.AsJson = False,
) -> int:
    """Show the signals that Kafka would not take, with the reason."""
    with opened() as house, house.ledger.begin() as tx:
        found = outbox.refused(tx)
        if again:
            count = outbox.readmit(tx, OF_CATALOGUE)
            rest = "" if count == len(found) else "; newer news of the same overtook the rest"
            typer.echo(f"{count} of {len(found)} are sent once more{rest}", err=True)
    _show("Set aside", found, json)
    return Exit.LEFT_OUT if found and not again else Exit.DONE


@app.command()
def schema(
    type_: Annotated[
        str | None, typer.Option("--type", help="Of one type of events; default: of all.")
    ] = None,
    asyncapi: Annotated[
        bool, typer.Option("--asyncapi", help="The AsyncAPI document of the topics.")
    ] = False,
) -> None:
    """Print the JSON Schemas of the events, by type; or the topics as AsyncAPI 3."""
    if asyncapi:
        show.as_json(event_schemas.asyncapi(signalling.named_topics(Settings())))
        return
    if type_ is None:
        show.as_json({name: event_schemas.schema(name) for name in event_schemas.TITLES})
        return
    if type_ not in event_schemas.TITLES:
        known = ", ".join(event_schemas.TITLES)
        raise typer.BadParameter(f"expected one of {known}, came {type_!r}")
    show.as_json(event_schemas.schema(type_))


@app.command()
def replay(
    start: Annotated[Moment, typer.Option("--from", help="Written since, UTC.")] = None,
    end: Annotated[Moment, typer.Option("--to", help="Written before, UTC.")] = None,
    collection: Annotated[str | None, typer.Option(help="Of one collection.")] = None,
    after: Annotated[int, typer.Option(help="The cursor that an earlier replay ended with.")] = 0,
    topic: Annotated[str | None, typer.Option(help="The Kafka topic to send them to.")] = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print them, one a line.")] = False,
) -> None:
    """Tell again what was told, under the same ids and in the same order, from the ledger."""
    if stdout == (topic is not None):
        raise typer.BadParameter("expected either --topic NAME or --stdout")
    with opened() as house:
        cursor = told.horizon(house.ledger)
        if after > cursor:
            raise typer.BadParameter(
                f"expected a cursor up to {cursor}, came {after}: it is another database's; tell "
                "again --from a time"
            )
        wanted = Wanted(
            collection,
            show.moment(start) if start else None,
            show.moment(end) if end else None,
            after,
        )
        signals = told.signals(house.ledger, wanted, cursor)
        count = _print(signals) if topic is None else signalling.send_again(house, topic, signals)
    typer.echo(f"{count} signals; go on with --after {cursor}", err=True)


def _print(signals: Iterable[Signal]) -> int:
    count = 0
    for signal in signals:
        show.write(CloudEvent(signal).to_json())
        count += 1
    return count


def _show(title: str, signals: Sequence[Kept], json: bool) -> None:
    if json:
        show.as_json(signals)
        return
    rows = [
        (s.signal.time, s.signal.type, s.signal.subject, s.signal.id, s.sent_at, s.refusal)
        for s in signals
    ]
    show.table(title, ("written", "type", "subject", "event id", "sent", "refusal"), rows)
