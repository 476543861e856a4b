"""``inlet hooks``: who is told of what is published, and what became of it."""

import time
from contextlib import nullcontext
from typing import Annotated, NoReturn

import structlog
import typer
from sqlalchemy.exc import OperationalError

from catalog.event_schemas import TITLES
from hooks import dispatcher
from hooks.dispatcher import Dispatched
from hooks.subscriptions import subscribe
from inlet import signalling, steps, targets
from inlet.cli import show
from inlet.house import House, opened
from lake.ledger import deliveries, progress
from lake.ledger.deliveries import Subscription

_AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)

app = typer.Typer(help="Webhooks and workflows that follow a publication.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What to call the subscription.")]
Filter = Annotated[
    str | None, typer.Option("--filter", help="CQL2 text over the item; none takes all.")
]


@app.command("list")
def list_(json: show.AsJson = False) -> None:
    """List the subscriptions and the states of their deliveries."""
    with opened() as house, house.ledger.begin() as tx:
        subscribed, states = deliveries.subscriptions(tx), progress.deliveries(tx)
    if json:
        show.as_json([{"subscription": s, "deliveries": states.get(s.name)} for s in subscribed])
        return
    rows = [
        (s.name, s.kind, s.target, s.filter or "everything", _counts(states.get(s.name, {})))
        for s in subscribed
    ]
    show.table("Hooks", ("name", "kind", "target", "filter", "deliveries"), rows)


@app.command()
def webhook(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where to POST each CloudEvent.")],
    filter_: Filter = None,
    secret: Annotated[
        str | None, typer.Option(help="Name of the secret; INLET_HOOK_SECRET_<NAME> holds it.")
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="Of the events; default: what changes the catalogue."),
    ] = None,
) -> None:
    """Tell a URL of every item that matches, signed where a secret is named."""
    for wanted in type_ or ():
        if wanted not in TITLES:
            raise typer.BadParameter(f"expected one of {', '.join(TITLES)}, came {wanted!r}")
    types = tuple(type_ or ())
    _subscribe(Subscription(name, "webhook", url, filter_, secret, types=types))


@app.command()
def workflow(
    name: Name,
    target: Annotated[str, typer.Argument(help="The workflow, for example quicklook.")],
    filter_: Filter = None,
) -> None:
    """Run a workflow over every item that matches."""
    _subscribe(Subscription(name, "workflow", target, filter_))


@app.command()
def run(
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Go on until stopped, each so many seconds.")
    ] = None,
) -> None:
    """Take in what was signalled and run the deliveries that are due."""
    if every is not None:
        _for_ever(every)
    with opened() as house:
        _say(_told(house))


def _for_ever(every: float) -> NoReturn:
    """Deliver, and wait for the ledger's database whenever it does not answer."""
    while True:
        try:
            with opened() as house:
                _deliver(house, every)
        except OperationalError as failed:
            log.warning("Deliveries wait", why=str(failed))
            time.sleep(_AGAIN_SECONDS)


def _deliver(house: House, every: float) -> NoReturn:
    by_kafka = bool(house.settings.kafka)
    with signalling.hearing(house) if by_kafka else nullcontext(), targets.opened(house) as to:
        while True:
            done = dispatcher.deliver(house.ledger, to) if by_kafka else steps.announce(house)
            if done != Dispatched():
                _say(done)
            time.sleep(every)


def _told(house: House) -> Dispatched:
    if not house.settings.kafka:
        return steps.announce(house)
    heard = signalling.hear(house)
    with targets.opened(house) as kinds:
        return heard + dispatcher.deliver(house.ledger, kinds)


def _subscribe(wanted: Subscription) -> None:
    with opened() as house, targets.opened(house) as kinds, house.ledger.begin() as tx:
        subscribe(tx, wanted, kinds)
    show.console.print(f"{wanted.name}: {wanted.kind} {wanted.target}")


def _say(done: Dispatched) -> None:
    show.console.print(
        f"{done.signals} signals, {done.delivered} delivered, {done.retrying} to be tried again, "
        f"{done.dead} dead"
    )


def _counts(states: dict[str, int]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none yet"
