"""``inlet relay``: what waits in the outbox goes to Kafka."""

import time
from typing import Annotated, NoReturn

import structlog
import typer
from sqlalchemy.exc import OperationalError

from inlet import signalling
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.house import opened
from lake.errors import BrokerFailed

_AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)


def relay(
    once: Annotated[bool, typer.Option("--once", help="End when nothing waits.")] = False,
    every: Annotated[
        float, typer.Option(min=0.01, help="How often to look for what waits, in seconds.")
    ] = 0.1,
) -> int:
    """Send what waits in the outbox to Kafka; of several relays one leads, the others stand by."""
    if not once:
        _for_ever(every)
    with opened() as house, signalling.open_relay(house) as open_:
        done = open_.round()
    if not done.is_leader:
        show.console.print("another relay leads")
        return Exit.DONE
    show.console.print(f"{done.sent} sent, {done.refused} set aside")
    return Exit.LEFT_OUT if done.refused else Exit.DONE


def _for_ever(every: float) -> NoReturn:
    """Relay, and wait for Kafka or the ledger's database whenever one of them does not answer."""
    while True:
        try:
            with opened() as house, signalling.open_relay(house) as open_:
                while True:
                    open_.round()
                    time.sleep(every)
        except (BrokerFailed, OperationalError) as failed:
            log.warning("Signals wait", why=str(failed))
            time.sleep(_AGAIN_SECONDS)
