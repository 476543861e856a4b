"""Orders at the real sandbox, which misbehaves as told."""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harvesters.discovery import discover
from harvesters.eodag import EodagGateway
from harvesters.ordering import place, poll
from harvesters.provider import Provider
from harvesters.quotas import LedgeredQuotas
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId, Window
from sandbox.client import Sandbox
from tests.harvesters.portfolio import CLIMATE_DT, ERA5, environment
from tests.harvesters.rows import row_of

ROOMS = {"cds": ERA5, "polytope": CLIMATE_DT}
LONGEST_SECONDS = 30
_day = iter(range(1, 10_000))


@pytest.fixture(params=sorted(ROOMS))
def room(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def window() -> Window:
    """A day that no other test asks for: the sandbox remembers its orders."""
    start = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(days=next(_day))
    return Window(start, start + timedelta(days=1))


@pytest.fixture
def house(ledger: Ledger, gateway: EodagGateway, shipped: dict[str, Provider]) -> "Desk":
    return Desk(ledger, gateway, LedgeredQuotas(ledger, shipped))


class Desk:
    """Orders one day's piece of a source, step by step or until it is at an end."""

    def __init__(self, ledger: Ledger, gateway: EodagGateway, quotas: LedgeredQuotas) -> None:
        self.ledger, self.gateway, self.quotas = ledger, gateway, quotas

    def discovered(self, source: Source, window: Window) -> OfferId:
        discover(self.ledger, self.gateway, "c", source, window)
        with self.ledger.begin() as tx:
            [row] = offers.unfinished(tx, "c")
        return row

    def place(self, row: OfferId) -> bool:
        return bool(place(self.ledger, self.gateway, [row], self.quotas))

    def bring(self, row: OfferId, until: str = "") -> None:
        """Place and poll until nothing is on its way, or the row is in a state."""
        ends_at = time.monotonic() + LONGEST_SECONDS
        waiting: tuple[OfferId, ...] = (row,)
        while waiting and row_of(self.ledger, row).state != until:
            assert time.monotonic() < ends_at, row_of(self.ledger, row)
            self.place(row)
            waiting = poll(self.ledger, self.gateway, [row], self.quotas).waiting
            time.sleep(0.05)


def orders_of(sandbox: Sandbox, room: str, window: Window) -> int:
    """Count the orders that came for a day."""
    return sum(
        _day_of(order.request) == f"{window.start:%Y%m%d}" for order in sandbox.orders(room)
    )


def _day_of(request: Mapping[str, Any]) -> str:
    if "date" in request:
        return str(request["date"])[:8]
    return "".join(str(request[part][0]) for part in ("year", "month", "day"))


def test_an_order_whose_answer_was_lost_is_found_again_or_counted_as_a_duplicate(
    house: Desk, sandbox: Sandbox, room: str, window: Window
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("post_accepted_but_reply_lost", room, times=1):
        house.bring(row)

    known = row_of(house.ledger, row)
    lost = {"cds": (1, 0), "polytope": (2, 1)}
    assert known.state == OfferState.READY
    assert (orders_of(sandbox, room, window), known.duplicates) == lost[room]


def test_an_order_whose_answers_are_all_lost_is_placed_at_most_twice(
    house: Desk, sandbox: Sandbox, window: Window
) -> None:
    row = house.discovered(CLIMATE_DT, window)
    with sandbox.fault("post_accepted_but_reply_lost", "polytope"):
        house.bring(row)

    known = row_of(house.ledger, row)
    assert (known.state, known.duplicates) == (OfferState.FAILED, 1)
    assert "OrderLost" in known.reason
    assert orders_of(sandbox, "polytope", window) == 2


def test_a_failed_order_ends_with_the_providers_own_reason(
    house: Desk, sandbox: Sandbox, room: str, window: Window
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("job_failed", room, message="disk 7 of the archive is broken"):
        house.bring(row)

    known = row_of(house.ledger, row)
    assert known.state == OfferState.FAILED
    assert known.reason.startswith("OrderFailed: ")
    assert "disk 7 of the archive is broken" in known.reason


def test_no_data_is_told_as_such(house: Desk, sandbox: Sandbox, room: str, window: Window) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("no_data", room):
        house.bring(row)

    said = {
        "cds": "no data is available within your requested subset",
        "polytope": "0 messages retrieved out of 1 expected: no data",
    }
    known = row_of(house.ledger, row)
    assert known.state == OfferState.NO_DATA
    assert said[room] in known.reason
    assert orders_of(sandbox, room, window) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_an_order_that_expired_before_it_was_seen_is_placed_again(
    house: Desk, sandbox: Sandbox, room: str, window: Window, status: int
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("job_expired", room, times=1, status=status):
        house.bring(row)

    assert row_of(house.ledger, row).state == OfferState.READY
    assert orders_of(sandbox, room, window) == 2


def test_an_order_that_is_never_ready_is_given_up_at_the_deadline(
    ledger: Ledger, sandbox: Sandbox, shipped: dict[str, Provider], room: str, window: Window
) -> None:
    hasty = {
        name: provider.model_copy(update={"order_deadline_seconds": 1.0})
        for name, provider in shipped.items()
    }
    gateway = EodagGateway(hasty, environment(sandbox))
    desk = Desk(ledger, gateway, LedgeredQuotas(ledger, hasty))
    row = desk.discovered(ROOMS[room], window)
    with sandbox.fault("job_never_ready", room):
        desk.bring(row)

    known = row_of(ledger, row)
    assert (known.state, known.failed_from) == (OfferState.FAILED, OfferState.DISCOVERED)
    assert "OrderOverdue" in known.reason


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("order_429", {"retry_after": 1}),
        ("order_429", {"retry_after": 1, "form": "date"}),
        ("order_429", {"form": "none"}),
        ("http_429_with_retry_after", {"retry_after": 1}),
    ],
)
def test_an_order_that_is_refused_for_now_is_placed_once_later(
    house: Desk, sandbox: Sandbox, room: str, window: Window, fault: str, options: dict[str, int]
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault(fault, room, times=1, **options):
        assert not house.place(row)
    known = row_of(house.ledger, row)
    assert (known.state, known.duplicates) == (OfferState.DISCOVERED, 0)
    assert "RateLimited" in known.reason
    assert not house.place(row)

    if "form" not in options:
        house.bring(row)
        assert orders_of(sandbox, room, window) == 1


def test_a_provider_that_is_down_takes_no_order_and_leaves_none_to_look_for(
    house: Desk, sandbox: Sandbox, room: str, window: Window
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("unavailable", room, times=1):
        assert not house.place(row)

    known = row_of(house.ledger, row)
    assert (known.state, known.duplicates) == (OfferState.DISCOVERED, 0)
    house.bring(row)
    assert orders_of(sandbox, room, window) == 1


def test_two_jobs_of_one_order_are_one_order_here(
    house: Desk, sandbox: Sandbox, room: str, window: Window
) -> None:
    row = house.discovered(ROOMS[room], window)
    with sandbox.fault("duplicate_job", room):
        house.bring(row)

    known = row_of(house.ledger, row)
    assert (known.state, known.orders) == (OfferState.READY, 1)


def test_a_malformed_order_is_refused_and_not_taken_for_placed(
    house: Desk, sandbox: Sandbox, window: Window
) -> None:
    queries = {"main": {**CLIMATE_DT.queries["main"], "ecmwf:grid": "h16"}}
    row = house.discovered(CLIMATE_DT.model_copy(update={"queries": queries}), window)
    for _ in range(2):
        assert not house.place(row)

    known = row_of(house.ledger, row)
    assert (known.state, known.failed_from) == (OfferState.FAILED, OfferState.DISCOVERED)
    assert "RequestRefused" in known.reason
    assert known.order_id is None


def test_a_dead_provider_costs_a_few_requests_and_not_one_for_each_order(
    house: Desk, sandbox: Sandbox, window: Window
) -> None:
    source = ERA5
    days = replace(window, end=window.start + timedelta(days=30))
    discover(house.ledger, house.gateway, "c", source, days)
    with house.ledger.begin() as tx:
        ids = offers.unfinished(tx, "c")
    with sandbox.fault("unavailable", "cds"):
        place(house.ledger, house.gateway, ids, house.quotas)
        asked = sandbox.hits("unavailable")

    assert len(ids) == 30
    assert asked == 5
    reasons = [row_of(house.ledger, row).reason for row in ids]
    assert sum("CircuitOpen" in reason for reason in reasons) == 25


_PLACES_AND_HANGS = """
import sys, time
from harvesters.eodag import EodagGateway
from harvesters.ordering import place
from lake.ledger.ledger import Ledger
from tests.harvesters.portfolio import providers

class Hangs(EodagGateway):
    def order(self, record):
        super().order(record)
        print("the provider has it", flush=True)
        time.sleep(600)

url, sandbox, key, row = sys.argv[1:]
environment = {"INLET_SANDBOX_URL": sandbox, "INLET_SANDBOX_KEY": key}
place(Ledger.open(url), Hangs(providers(), environment), [int(row)])
"""


def kill_while_ordering(directory: Path, sandbox: Sandbox, row: OfferId) -> None:
    url = f"sqlite:///{directory / 'ledger.db'}"
    command = [sys.executable, "-c", _PLACES_AND_HANGS, url, sandbox.url, sandbox.key, str(row)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert b"the provider has it\n" in iter(process.stdout.readline, b"")
    process.kill()
    process.communicate()


def test_killed_between_order_and_answer_it_is_placed_once_or_recorded(
    house: Desk, sandbox: Sandbox, room: str, window: Window, tmp_path: Path
) -> None:
    row = house.discovered(ROOMS[room], window)
    kill_while_ordering(tmp_path, sandbox, row)
    assert row_of(house.ledger, row).state == OfferState.ORDERING
    house.bring(row)

    known = row_of(house.ledger, row)
    expected = {"cds": (1, 0), "polytope": (2, 1)}
    assert known.state == OfferState.READY
    assert (orders_of(sandbox, room, window), known.duplicates) == expected[room]


def test_killed_twice_it_is_still_placed_at_most_twice(
    house: Desk, sandbox: Sandbox, room: str, window: Window, tmp_path: Path
) -> None:
    row = house.discovered(ROOMS[room], window)
    kill_while_ordering(tmp_path, sandbox, row)
    time.sleep(0.6)  # the sandbox's `order_settle_seconds`
    if room == "polytope":
        kill_while_ordering(tmp_path, sandbox, row)
    house.bring(row)

    expected = {"cds": (1, OfferState.READY), "polytope": (2, OfferState.FAILED)}
    known = row_of(house.ledger, row)
    assert (orders_of(sandbox, room, window), known.state) == expected[room]
