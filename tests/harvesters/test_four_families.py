"""The harvest as a story: each family of providers, from discovery to bytes at rest."""

import time

import pytest

from harvesters.discovery import discover
from harvesters.eodag import EodagGateway
from harvesters.landing import land
from harvesters.ordering import place, poll
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from lake.store import LocalStore
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import WINDOW
from tests.harvesters.portfolio import ERA5, FAMILIES, SST
from tests.harvesters.rows import granules_of, row_of

COLLECTION = "c"


def bring(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, source: Source
) -> list[OfferId]:
    """Discover, order and land everything; return the offers."""
    discover(ledger, gateway, COLLECTION, source, WINDOW)
    with ledger.begin() as tx:
        ids = offers.unfinished(tx, COLLECTION)
    place(ledger, gateway, ids)
    while poll(ledger, gateway, ids).waiting:
        time.sleep(0.05)
    land(ledger, gateway, store, ids)
    return ids


@pytest.mark.parametrize("room", sorted(FAMILIES))
def test_every_family_lands_what_it_has_and_nothing_twice(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, room: str
) -> None:
    source = FAMILIES[room]
    ids = bring(ledger, gateway, store, source)

    assert len(ids) == 3
    for row in ids:
        assert row_of(ledger, row).state == OfferState.LANDED
        (granule,) = granules_of(ledger, row)
        assert store.exists(granule.location)
    again = discover(ledger, gateway, COLLECTION, source, WINDOW)
    assert (again.new, again.reason) == (0, None)


@pytest.mark.parametrize("room", sorted(FAMILIES))
def test_an_error_page_in_place_of_data_never_lands(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, sandbox: Sandbox, room: str
) -> None:
    with sandbox.fault("html_instead_of_data"):
        ids = bring(ledger, gateway, store, FAMILIES[room])

    known = [row_of(ledger, row) for row in ids]
    assert {row.state for row in known} == {OfferState.READY}
    assert all("came text/html" in row.reason for row in known)


def test_a_body_that_breaks_off_is_gone_on_with_and_lands(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, sandbox: Sandbox
) -> None:
    with sandbox.fault("truncated_body", times=1):
        ids = bring(ledger, gateway, store, SST)

    assert {row_of(ledger, row).state for row in ids} == {OfferState.LANDED}


def test_bytes_that_do_not_fit_their_checksum_do_not_land(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, sandbox: Sandbox
) -> None:
    with sandbox.fault("wrong_checksum"):
        ids = bring(ledger, gateway, store, SST) + bring(ledger, gateway, store, ERA5)

    assert all("WrongChecksum" in row_of(ledger, row).reason for row in ids)
    assert not (store.root / "granules").exists()
