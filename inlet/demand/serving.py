"""What was asked for, run on this machine: where there is no Airflow, or by hand."""

import structlog

from harvesters.errors import HarvestError
from harvesters.request import read
from inlet.demand import desk
from inlet.errors import InletError
from inlet.harvest import harvest_scope
from inlet.house import House, opened
from lake.errors import LakeError
from lake.ledger import requests
from lake.ledger.requests import Request

log = structlog.get_logger(__name__)


def serve(house: House) -> list[Request]:
    """Run the requests that wait, oldest first, until none is left; return how each ended.

    What another process was at when it died is begun again.
    """
    served: list[Request] = []
    while True:
        with house.ledger.begin() as tx:
            claimed = requests.claim(tx)
        if not claimed:
            return served
        served.append(_serve(house, claimed[0]))


def _serve(house: House, known: Request) -> Request:
    lane = read(known.asked, known.requester).lane
    try:
        with opened(house.settings, lane) as in_lane:
            return _harvested(in_lane, known)
    finally:
        with house.ledger.begin() as tx:
            requests.release(tx, known.name)


def _harvested(house: House, known: Request) -> Request:
    with house.ledger.begin() as tx:
        requests.begin(tx, known.name)
    try:
        done = harvest_scope(house, desk.scope_of(known))
    except (HarvestError, InletError, LakeError) as error:
        return desk.fail(house, known.name, "failed", f"{type(error).__name__}: {error}")
    with house.ledger.begin() as tx:
        if desk.scope_of(known).selection is not None:
            requests.choose(tx, known.name, done.found.keys)
    if done.found.reason is not None:
        return desk.fail(house, known.name, "unaccounted", done.found.reason)
    return desk.complete(house, known.name)
