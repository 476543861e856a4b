"""What the sandbox's providers do to bytes, and what lands all the same, or says why not."""

import time
from pathlib import Path

import pytest

from harvesters.discovery import discover
from harvesters.eodag import EodagGateway
from harvesters.landing import land
from harvesters.ordering import place
from harvesters.provider import Deadlines, Provider
from lake import multihash
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from lake.store import LocalStore
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import WINDOW
from tests.harvesters.portfolio import SST, environment
from tests.harvesters.rows import granules_of, row_of

HASTE = Deadlines(first_byte_seconds=1, stall_seconds=0.5)
ROOM = "stac"


@pytest.fixture(scope="module")
def hasty(sandbox: Sandbox, shipped: dict[str, Provider]) -> EodagGateway:
    chosen = {
        name: provider.model_copy(update={"deadlines": HASTE})
        for name, provider in shipped.items()
        if name == SST.provider
    }
    return EodagGateway(chosen, environment(sandbox))


@pytest.fixture
def ready(ledger: Ledger, hasty: EodagGateway) -> list[OfferId]:
    discover(ledger, hasty, "c", SST, WINDOW)
    with ledger.begin() as tx:
        ids = offers.unfinished(tx, "c")
    place(ledger, hasty, ids)
    return ids


@pytest.mark.parametrize(
    "fault",
    [
        "truncated_body",
        "truncated_without_length",
        "reset_midway",
        "stalled_body",
        "slow_body",
        "evil_filename",
    ],
)
def test_what_breaks_off_once_lands_at_once_and_whole(
    ledger: Ledger,
    hasty: EodagGateway,
    store: LocalStore,
    sandbox: Sandbox,
    ready: list[OfferId],
    fault: str,
) -> None:
    with sandbox.fault(fault, provider=ROOM, times=1):
        landed = land(ledger, hasty, store, ready)

    assert landed == ready
    assert not list(store.root.glob(".partial/*"))


@pytest.mark.parametrize("fault", ["no_range", "range_lies", "etag_changes_midway"])
def test_a_range_that_cannot_be_trusted_is_not(
    ledger: Ledger,
    hasty: EodagGateway,
    store: LocalStore,
    sandbox: Sandbox,
    ready: list[OfferId],
    fault: str,
) -> None:
    with (
        sandbox.fault("reset_midway", provider=ROOM, times=1),
        sandbox.fault(fault, provider=ROOM, times=1),
    ):
        land(ledger, hasty, store, ready)
    _land_the_rest(ledger, hasty, store, ready)

    _require_honest(ledger, store, ready)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("html_instead_of_data", "PageInstead"),
        ("json_instead_of_data", "PageInstead"),
        ("empty_body", "PageInstead"),
        ("redirect_elsewhere", "ForbiddenTarget"),
        ("redirect_to_private", "ForbiddenTarget"),
        ("no_answer", "SlowTransfer"),
        ("stalled_response", "SlowTransfer"),
        ("connection_reset", "ProviderUnreachable"),
        ("unavailable", "ProviderUnreachable"),
        ("http_429_with_retry_after", "RateLimited"),
        ("redirect_loop", "ForbiddenTarget"),
    ],
)
def test_what_does_not_come_is_said_and_harms_no_other(
    ledger: Ledger,
    hasty: EodagGateway,
    store: LocalStore,
    sandbox: Sandbox,
    ready: list[OfferId],
    fault: str,
    said: str,
) -> None:
    with sandbox.fault(fault, provider=ROOM, subject="20240202"):
        landed = land(ledger, hasty, store, ready)

    left = [row for row in ready if row not in landed]
    assert [row_of(ledger, row).reason.partition(":")[0] for row in left] == [said]
    assert not list(Path(store.root).glob("granules/**/*evil*"))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("wrong_checksum", "WrongChecksum"),
        ("file_href", "ForbiddenTarget"),
        ("tar_slip", "UnsafeArchive"),
        ("zip_slip", "UnsafeArchive"),
        ("zip_bomb", "UnsafeArchive"),
        ("nested_archive", "UnsafeArchive"),
        ("garbage_data", "TornTransfer"),
    ],
)
def test_what_is_published_wrong_does_not_land(
    ledger: Ledger,
    hasty: EodagGateway,
    store: LocalStore,
    sandbox: Sandbox,
    fault: str,
    said: str,
) -> None:
    with sandbox.fault(fault, provider=ROOM):
        discover(ledger, hasty, "c", SST, WINDOW)
        with ledger.begin() as tx:
            ids = offers.unfinished(tx, "c")
        place(ledger, hasty, ids)
        landed = land(ledger, hasty, store, ids)

    assert landed == []
    assert {row_of(ledger, row).reason.partition(":")[0] for row in ids} == {said}
    assert not (store.root / "granules").exists()


@pytest.mark.parametrize("packing", ["zip", "tar", "tar.gz"])
def test_what_is_packed_lands_unpacked(
    ledger: Ledger, hasty: EodagGateway, store: LocalStore, sandbox: Sandbox, packing: str
) -> None:
    with sandbox.fault("packed_product", provider=ROOM, format=packing):
        discover(ledger, hasty, "c", SST, WINDOW)
        with ledger.begin() as tx:
            ids = offers.unfinished(tx, "c")
        place(ledger, hasty, ids)
        assert land(ledger, hasty, store, ids) == ids

    assert all(g.media_type == "application/netcdf" for i in ids for g in granules_of(ledger, i))


def _land_the_rest(
    ledger: Ledger, gateway: EodagGateway, store: LocalStore, ids: list[OfferId]
) -> None:
    deadline = time.monotonic() + 30
    while any(row_of(ledger, row).state == OfferState.READY for row in ids):
        land(ledger, gateway, store, ids)
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _require_honest(ledger: Ledger, store: LocalStore, ids: list[OfferId]) -> None:
    for row in ids:
        assert row_of(ledger, row).state == OfferState.LANDED
        (granule,) = granules_of(ledger, row)
        with store.local(granule.location) as path:
            assert multihash.of_bytes(path.read_bytes()) == granule.digest
