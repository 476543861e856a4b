import base64
import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from harvesters.errors import Misconfigured
from harvesters.gateway import Policy
from harvesters.landing import land
from harvesters.ordering import place
from lake import multihash
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from lake.store import LocalStore
from tests.harvesters.fake_gateway import FakeGateway, product
from tests.harvesters.rows import COLLECTION, discovered, granules_of, row_of
from tests.harvesters.samples import grib2
from tests.harvesters.tiny_server import Reply, TinyServer
from tests.makers import StillClock, a_ledger

GRIB = grib2(b"x" * 500)
NETCDF = b"CDF\x01" + bytes(300)
DIGEST = multihash.of_bytes(GRIB)


def gateway_to(server: TinyServer) -> FakeGateway:
    return FakeGateway(policies={"fake": Policy(frozenset({server.host}), allow_private=True)})


def ready(ledger: Ledger, server: TinyServer, *replies: Reply) -> list[OfferId]:
    """Discover a product for each reply, and make it ready."""
    urls = [server.put(f"/{n}?token=secret".partition("?")[0], r) for n, r in enumerate(replies)]
    products = [product(f"p{n}", url=f"{url}?token=secret") for n, url in enumerate(urls)]
    ids = discovered(ledger, *products)
    place(ledger, FakeGateway(), ids)
    return ids


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def test_bytes_rest_under_their_digest(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    (row,) = ready(ledger, server, Reply(GRIB))

    assert land(ledger, gateway_to(server), store, [row]) == [row]
    (granule,) = granules_of(ledger, row)
    assert granule.location == f"granules/{COLLECTION}/{DIGEST[4:6]}/{DIGEST}.grib2"
    assert (granule.digest, granule.size) == (DIGEST, len(GRIB))
    assert granule.media_type == "application/wmo-GRIB2"
    assert granule.source == f"{server.url}/0"
    with store.local(granule.location) as path:
        assert path.read_bytes() == GRIB


def test_nothing_is_left_in_staging(ledger: Ledger, store: LocalStore, server: TinyServer) -> None:
    ids = ready(ledger, server, Reply(GRIB), Reply(b"<html></html>"))
    land(ledger, gateway_to(server), store, ids)

    left = [*store.root.glob(".staging/*"), *store.root.glob(".partial/*")]
    assert left == []


def test_landing_twice_lands_once(ledger: Ledger, store: LocalStore, server: TinyServer) -> None:
    ids = ready(ledger, server, Reply(GRIB))
    land(ledger, gateway_to(server), store, ids)

    assert land(ledger, gateway_to(server), store, ids) == []
    assert len(server.asked) == 1


def test_the_same_bytes_of_two_offers_rest_once(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    ids = ready(ledger, server, Reply(GRIB), Reply(GRIB))
    land(ledger, gateway_to(server), store, ids)

    assert len({g.location for row in ids for g in granules_of(ledger, row)}) == 1
    assert len([f for f in (store.root / "granules").rglob("*") if f.is_file()]) == 1


def test_an_archive_lands_as_its_data(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    packed = zip_of({"a/m.xml": b"<x/>", "a/one.grib": GRIB, "a/two.nc": NETCDF})
    (row,) = ready(ledger, server, Reply(packed))
    land(ledger, gateway_to(server), store, [row])

    assert {g.digest for g in granules_of(ledger, row)} == {DIGEST, multihash.of_bytes(NETCDF)}


NO_PRODUCTS = [
    (b"\x00\x01\x02 nobody knows", "/0: expected application/wmo-"),
    (zip_of({"../evil.grib": GRIB}), "UnsafeArchive: expected members inside"),
    (zip_of({"readme.txt": b"hello"}), "NotAProduct: expected GRIB or NetCDF in the archive"),
    (zip_of({"a.grib": b"<html>"}), "expected data in the member 'a.grib', came text/html"),
]


@pytest.mark.parametrize(("body", "said"), NO_PRODUCTS)
def test_what_a_checksum_proves_to_be_no_product_is_invalid_for_good(
    ledger: Ledger, store: LocalStore, server: TinyServer, body: bytes, said: str
) -> None:
    md5 = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    (row,) = ready(ledger, server, Reply(body, headers={"Content-MD5": md5}))

    assert land(ledger, gateway_to(server), store, [row]) == []
    assert row_of(ledger, row).state == OfferState.INVALID
    assert said in row_of(ledger, row).reason


@pytest.mark.parametrize(("body", "said"), NO_PRODUCTS)
def test_what_nothing_proves_is_invalid_only_once_it_has_come_again_and_again(
    tmp_path: Path, store: LocalStore, server: TinyServer, body: bytes, said: str
) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    (row,) = ready(ledger, server, Reply(body))

    states = _tries(ledger, clock, server, store, row)
    assert states == [OfferState.READY, OfferState.READY, OfferState.INVALID]
    assert said in row_of(ledger, row).reason


def test_bytes_that_are_others_each_time_are_never_invalid(
    tmp_path: Path, store: LocalStore, server: TinyServer
) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    garbage = [Reply(bytes([0, 1, n])) for n in range(4)]
    (row,) = ready(ledger, server, garbage[0])
    server.put("/0", *garbage)

    assert _tries(ledger, clock, server, store, row)[-1] == OfferState.FAILED
    assert "no checksum proves the bytes 1220" in row_of(ledger, row).reason


def test_a_product_that_comes_wrong_twice_and_then_right_lands(
    tmp_path: Path, store: LocalStore, server: TinyServer
) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    (row,) = ready(ledger, server, Reply(GRIB))
    wrong = Reply(b"\x00\x01\x02 nobody knows")
    server.put("/0", wrong, wrong, Reply(GRIB))

    assert _tries(ledger, clock, server, store, row)[-1] == OfferState.LANDED


@pytest.mark.parametrize(
    ("body", "kind"), [(b"<html>Log in</html>", "text/html"), (b"sold out", "text/plain")]
)
def test_a_page_that_stays_a_page_ends_as_failed_and_the_record_names_it(
    tmp_path: Path, store: LocalStore, server: TinyServer, body: bytes, kind: str
) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    (row,) = ready(ledger, server, Reply(body))

    assert _tries(ledger, clock, server, store, row) == [OfferState.READY] * 3 + [
        OfferState.FAILED
    ]
    assert row_of(ledger, row).reason.startswith(
        f"PageInstead: {server.url}/0: expected application/wmo-GRIB2, came {kind} of "
        f"{len(body)} bytes that begins {body!r}"
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html>Please log in</html>", "came text/html"),
        (b'{"status": "queued"}', "came application/json"),
        (b"this is no GRIB at all", "came text/plain"),
        (b"", "came application/x-empty"),
    ],
)
def test_a_page_in_the_place_of_a_product_is_never_one_and_is_asked_for_again(
    ledger: Ledger, store: LocalStore, server: TinyServer, body: bytes, said: str
) -> None:
    (row,) = ready(ledger, server, Reply(body))

    assert land(ledger, gateway_to(server), store, [row]) == []
    known = row_of(ledger, row)
    assert (known.state, known.attempts) == (OfferState.READY, 1)
    assert said in known.reason
    assert not (store.root / "granules").exists()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(GRIB[:-100], length=len(GRIB)),
        Reply(GRIB[:-100], length=-1),
        Reply(status=503),
        Reply(status=404),
    ],
)
def test_what_did_not_come_this_time_stays_ready_and_is_tried_again(
    ledger: Ledger, store: LocalStore, server: TinyServer, reply: Reply
) -> None:
    (row,) = ready(ledger, server, reply)

    assert land(ledger, gateway_to(server), store, [row]) == []
    known = row_of(ledger, row)
    assert (known.state, known.attempts, known.lease_owner) == (OfferState.READY, 1, None)
    assert not (store.root / "granules").exists()


def test_one_bad_offer_harms_none_of_its_batch(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    replies = (Reply(GRIB), Reply(b"<html></html>"), Reply(status=500), Reply(NETCDF))
    ids = ready(ledger, server, *replies)
    gateway = gateway_to(server)
    gateway.remote_errors = []

    assert land(ledger, gateway, store, ids) == [ids[0], ids[3]]


def test_an_offer_whose_link_cannot_be_told_is_recorded(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    ids = ready(ledger, server, Reply(GRIB), Reply(NETCDF))
    gateway = gateway_to(server)
    gateway.remote_errors = [Misconfigured("expected a data asset")]

    assert land(ledger, gateway, store, ids) == ids[1:]
    assert row_of(ledger, ids[0]).state == OfferState.FAILED
    assert row_of(ledger, ids[0]).failed_from == OfferState.READY


def test_secrets_in_a_link_are_not_recorded(
    ledger: Ledger, store: LocalStore, server: TinyServer
) -> None:
    ids = ready(ledger, server, Reply(GRIB), Reply(status=500))
    land(ledger, gateway_to(server), store, ids)

    assert "secret" not in granules_of(ledger, ids[0])[0].source
    assert "secret" not in row_of(ledger, ids[1]).reason


def _tries(
    ledger: Ledger, clock: StillClock, server: TinyServer, store: LocalStore, row: OfferId
) -> list[OfferState]:
    """Land until it is not tried any more; return the state after each try."""
    states: list[OfferState] = []
    while not states or states[-1] == OfferState.READY:
        land(ledger, gateway_to(server), store, [row])
        states.append(OfferState(row_of(ledger, row).state))
        clock.pass_time(hours=1)
    return states
