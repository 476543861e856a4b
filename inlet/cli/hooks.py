"""``inlet hooks``: who is told of what is published, and what became of it."""

import time
from typing import Annotated

import typer

from hooks.dispatcher import Dispatched
from hooks.subscriptions import subscribe
from inlet import steps, targets
from inlet.cli import show
from inlet.house import opened
from lake.ledger import deliveries, progress
from lake.ledger.deliveries import Subscription

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
) -> None:
    """Tell a URL of every item that matches, signed where a secret is named."""
    _subscribe(Subscription(name, "webhook", url, filter_, secret))


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
    """Relay waiting signals and run the deliveries that are due."""
    with opened() as house:
        _say(steps.announce(house))
        while every:
            time.sleep(every)
            done = steps.announce(house)
            if done != Dispatched():
                _say(done)


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
