"""The tree of commands."""

import typer

from inlet.cli import (
    catalog,
    census,
    cursor,
    demo,
    events,
    harvest,
    hooks,
    judge,
    notices,
    onboard,
    portal,
    portfolio,
    provider,
    quarantine,
    relay,
    requests,
    sandbox,
    stack,
    status,
)
from inlet.cli.boundary import leave

app = typer.Typer(
    name="inlet",
    help="Where the streams enter the lake: harvest, convert, judge, publish, signal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    result_callback=leave,
)
app.command("harvest")(harvest.harvest)
app.command("census")(census.census)
app.command("judge")(judge.judge)
app.command("relay")(relay.relay)
app.command("status")(status.status)
app.command("demo")(demo.demo)
app.command("onboard")(onboard.onboard)
app.command("portal")(portal.portal)
app.command("bridge")(requests.bridge)
app.add_typer(catalog.app, name="catalog")
app.add_typer(cursor.app, name="cursor")
app.add_typer(events.app, name="events")
app.add_typer(hooks.app, name="hooks")
app.add_typer(notices.app, name="notices")
app.add_typer(portfolio.app, name="portfolio")
app.add_typer(provider.app, name="provider")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(requests.app, name="requests")
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(stack.app, name="stack")
