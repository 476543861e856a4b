"""``inlet requests`` and ``inlet bridge``: harvests that others asked for."""

import json as json_
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import structlog
import typer

from catalog.relay import PARTITIONS, TOPIC_SETTINGS
from harvesters.errors import NotHonoured
from harvesters.request import read
from inlet import signalling
from inlet.cli import show
from inlet.cli.boundary import Exit
from inlet.demand import desk
from inlet.demand.airflow import Airflow
from inlet.demand.bridge import GROUP, Bridged, look_after
from inlet.demand.bridge import bridge as take
from inlet.demand.executor import Executor, dismiss, executor, start
from inlet.demand.serving import serve
from inlet.errors import AirflowSilent
from inlet.house import House, opened
from inlet.watched import Watched
from lake.broker import Consumer, ensure_topic
from lake.errors import BrokerFailed
from lake.ledger import requests
from lake.ledger.requests import Request, RequestState

app = typer.Typer(help="Harvests that people and programs asked for.", no_args_is_help=True)

_AGAIN_SECONDS = 2.0
_LOOK_AFTER_SECONDS = 15.0

log = structlog.get_logger(__name__)


@app.command("list")
def list_(
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many.")] = 20,
    json: show.AsJson = False,
) -> None:
    """Show the newest requests, the newest first, and what became of them."""
    with opened() as house, house.ledger.begin() as tx:
        found = requests.recent(tx, count)
    if json:
        show.as_json(found)
        return
    rows = [
        (r.created_at, r.name, r.collection, r.requester, r.via, r.state, r.code, r.reason)
        for r in found
    ]
    columns = ("asked", "request", "collection", "requester", "via", "state", "code", "reason")
    show.table("Requests", columns, rows)


@app.command()
def ask(
    document: Annotated[Path, typer.Argument(help="The request as JSON; - reads stdin.")],
    requester: Annotated[str, typer.Option(help="Who asks.")] = "cli",
) -> int:
    """Ask for a harvest as a program would, and say what became of it."""
    text = typer.get_text_stream("stdin").read() if str(document) == "-" else document.read_text()
    try:
        wanted = read(json_.loads(text), requester)
    except (NotHonoured, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    with opened() as house:
        known = start(house, executor(house), desk.ask(house, wanted, "cli"))
    show.as_json(known)
    return Exit.WRONG_REQUEST if known.state is RequestState.REJECTED else Exit.DONE


@app.command("dismiss")
def dismiss_(name: Annotated[str, typer.Argument(help="The request's name.")]) -> int:
    """End a request that is wanted no more."""
    with opened() as house:
        with house.ledger.begin() as tx:
            known = requests.find(tx, name)
        if known is None:
            raise typer.BadParameter(f"expected a request of `inlet requests list`, came {name}")
        ended = dismiss(house, executor(house), known)
    show.console.print(f"{name}: {ended.state}")
    return Exit.DONE


@app.command()
def run(json: show.AsJson = False) -> int:
    """Run here the requests that wait, where no Airflow does."""
    with opened() as house:
        if house.settings.airflow:
            raise typer.BadParameter("INLET_AIRFLOW is set: Airflow runs them")
        served = serve(house)
    if json:
        show.as_json(served)
    else:
        _say_served(served)
    return Exit.LEFT_OUT if any(r.state is RequestState.FAILED for r in served) else Exit.DONE


def bridge(
    once: Annotated[bool, typer.Option("--once", help="End at the end of the topic.")] = False,
) -> int:
    """Take requests from Kafka, have them run, and look after those that stand."""
    with opened() as house:
        if once:
            _until_the_end(house)
            return Exit.DONE
        while True:
            try:
                _for_ever(house)
            except (BrokerFailed, AirflowSilent) as failed:
                log.warning("Requests wait", why=str(failed))
                time.sleep(_AGAIN_SECONDS)


def _for_ever(house: House) -> None:
    with ExitStack() as open_:
        consumer = open_.enter_context(_consumer(house)) if house.settings.kafka else None
        airflow = (
            open_.enter_context(Airflow.at(house.settings)) if house.settings.airflow else None
        )
        by, watched = executor(house), Watched(house)
        looked = float("-inf")
        while True:
            if time.monotonic() - looked > _LOOK_AFTER_SECONDS:
                look_after(watched(), by, airflow)
                looked = time.monotonic()
            _round(watched(), by, consumer)


def _round(house: House, by: Executor, consumer: Consumer | None) -> None:
    if consumer is None:
        time.sleep(_AGAIN_SECONDS)
    else:
        _say(take(house, by, consumer))
    if not house.settings.airflow:
        _say_served(serve(house))


def _until_the_end(house: House) -> None:
    by = executor(house)
    with _consumer(house) as consumer:
        while not consumer.is_at_end():
            _say(take(house, by, consumer))
    if not house.settings.airflow:
        _say_served(serve(house))


def _consumer(house: House) -> Consumer:
    servers, topic = signalling.brokers(house), house.settings.kafka_requests
    ensure_topic(servers, topic, PARTITIONS, TOPIC_SETTINGS)
    return Consumer(servers, topic, GROUP)


def _say(done: Bridged) -> None:
    if done != Bridged():
        show.console.print(
            f"{done.standing} requests stand, {done.rejected} rejected, {done.dead} set aside"
        )


def _say_served(served: list[Request]) -> None:
    for known in served:
        show.console.print(f"{known.name} {known.collection}: {known.state} {known.reason or ''}")
