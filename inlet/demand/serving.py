"""What was asked for, run on this machine: where there is no Airflow, or by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog
from sqlalchemy.exc import OperationalError

from harvesters.request import read
from inlet.demand import desk
from inlet.harvest import harvest_scope
from inlet.house import House, opened
from lake.ledger import requests, work
from lake.ledger.requests import Request

_HOLD_EVERY_SECONDS = work.LEASE.total_seconds() / 3

log = structlog.get_logger(__name__)


def serve(house: House) -> list[Request]:
    """Run the requests that wait, oldest first, until none is left; return how each ended.

    What another process was at when it died is begun again. One that meets an error of whatever
    kind fails, and the next one is run.
    """
    served: list[Request] = []
    while True:
        with house.ledger.begin() as tx:
            claimed = requests.claim(tx)
        if not claimed:
            return served
        served.append(_serve(house, claimed[0]))


def _serve(house: House, known: Request) -> Request:
    with _held(house, known):
        try:
            lane = read(known.asked, known.requester).lane
            with opened(house.settings, lane) as in_lane:
                return _harvested(in_lane, known)
        except Exception as error:  # the boundary of a request: no other is to suffer from it
            log.exception("A request failed", request=known.name)
            return desk.fail(house, known.name, "failed", f"{type(error).__name__}: {error}")


@contextmanager
def _held(house: House, known: Request) -> Iterator[None]:
    """Hold on to a request while it is worked on: a harvest takes longer than a lease."""
    enough = Event()
    holding = Thread(target=_hold_until, args=(house, known, enough), name=f"hold {known.name}")
    holding.start()
    try:
        yield
    finally:
        enough.set()
        holding.join()
        with house.ledger.begin() as tx:
            requests.release(tx, known.name)


def _hold_until(house: House, known: Request, enough: Event) -> None:
    while not enough.wait(_HOLD_EVERY_SECONDS):
        try:
            with house.ledger.begin() as tx:
                requests.hold(tx, known.name)
        except OperationalError as failed:
            log.warning("A request could not be held", request=known.name, why=str(failed))


def _harvested(house: House, known: Request) -> Request:
    with house.ledger.begin() as tx:
        requests.begin(tx, known.name)
    done = harvest_scope(house, desk.scope_of(known))
    with house.ledger.begin() as tx:
        if desk.scope_of(known).selection is not None:
            requests.choose(tx, known.name, done.found.keys)
    if done.found.reason is not None:
        return desk.fail(house, known.name, "unaccounted", done.found.reason)
    return desk.complete(house, known.name)
