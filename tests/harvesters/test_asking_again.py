"""No data yet is not no data: what is asked for too early is asked for again, until it is late."""

from datetime import timedelta
from pathlib import Path

import pytest

from harvesters.discovery import discover
from harvesters.eodag import EodagGateway
from harvesters.ordering import place, poll
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId, Window
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import DAY, START
from tests.harvesters.portfolio import CLIMATE_DT, ERA5
from tests.harvesters.rows import row_of
from tests.makers import StillClock, a_ledger

ONE_DAY = Window(START, START + DAY)
LATENESS = 3 * DAY
ROOMS = [pytest.param(ERA5, "cds", id="cds"), pytest.param(CLIMATE_DT, "polytope", id="polytope")]


class Harvest:
    """Orders of one day, as a provider answers them while a test turns the ledger's clock."""

    def __init__(self, place: Path, gateway: EodagGateway, source: Source) -> None:
        self.clock = StillClock(ONE_DAY.end + timedelta(hours=1))
        self.ledger: Ledger = a_ledger(place, self.clock)
        self.gateway = gateway
        self.source = source.model_copy(update={"lateness": LATENESS})

    def run(self) -> OfferState:
        """Harvest once; return how the day's only offer stands."""
        discover(self.ledger, self.gateway, "c", self.source, ONE_DAY)
        with self.ledger.begin() as tx:
            ids = offers.unfinished(tx, "c")
        place(self.ledger, self.gateway, ids)
        while poll(self.ledger, self.gateway, ids).waiting:
            self.clock.pass_time(seconds=1)
        return self.stands()

    def stands(self) -> OfferState:
        return OfferState(row_of(self.ledger, OfferId(1)).state)


@pytest.mark.parametrize(("source", "room"), ROOMS)
def test_a_window_that_was_empty_too_early_is_filled_later(
    tmp_path: Path, sandbox: Sandbox, gateway: EodagGateway, source: Source, room: str
) -> None:
    harvest = Harvest(tmp_path, gateway, source)
    with sandbox.fault("no_data", provider=room):
        early = harvest.run()
    at_once = harvest.run()
    harvest.clock.pass_time(hours=8)
    later = harvest.run()

    assert (early, at_once, later) == (OfferState.NO_DATA, OfferState.NO_DATA, OfferState.READY)
    assert row_of(harvest.ledger, OfferId(1)).orders == 2


@pytest.mark.parametrize(("source", "room"), ROOMS[:1])
def test_behind_the_bound_of_lateness_no_data_is_final(
    tmp_path: Path, sandbox: Sandbox, gateway: EodagGateway, source: Source, room: str
) -> None:
    harvest = Harvest(tmp_path, gateway, source)
    with sandbox.fault("no_data", provider=room):
        harvest.run()
        harvest.clock.pass_time(days=4)
        last = harvest.run()
    harvest.clock.pass_time(days=4)

    assert (last, harvest.run()) == (OfferState.NO_DATA, OfferState.NO_DATA)
    assert row_of(harvest.ledger, OfferId(1)).orders == 2


def test_what_another_provider_brought_is_not_asked_for_again(
    tmp_path: Path, sandbox: Sandbox, gateway: EodagGateway
) -> None:
    harvest = Harvest(tmp_path, gateway, ERA5)
    with sandbox.fault("no_data", provider="cds"):
        harvest.run()
    harvest.source = CLIMATE_DT.model_copy(update={"key": ERA5.key})
    discover(harvest.ledger, gateway, "c", harvest.source, ONE_DAY)
    harvest.source = ERA5.model_copy(update={"lateness": LATENESS})
    harvest.clock.pass_time(hours=8)
    discover(harvest.ledger, gateway, "c", harvest.source, ONE_DAY)

    assert harvest.stands() is OfferState.NO_DATA
