"""What lies in a bucket is fetched by a signed URL, from the hosts that are allowed."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harvesters import errors
from harvesters.discovery import discover
from harvesters.eodag import EodagGateway
from harvesters.gateway import Remote
from harvesters.landing import land
from harvesters.ordering import place
from harvesters.provider import Provider
from harvesters.source import Source
from lake.ledger import offers
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import Window
from lake.store import LocalStore
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import DAY, START
from tests.harvesters.portfolio import environment, providers
from tests.harvesters.rows import row_of
from tests.harvesters.tiny_server import Reply, TinyServer

ONE_DAY = Window(START, START + DAY)
KEYS = {"aws_access_key_id": "BUCKET_ID", "aws_secret_access_key": "BUCKET_SECRET"}
SOURCE = Source(provider="bucket", collection="sandbox-sst")


def gateway_of(sandbox: Sandbox, endpoint: str, **auth: Any) -> EodagGateway:
    """Return a gateway to the sandbox's STAC API whose assets lie in buckets."""
    stac = providers()["sandbox_stac"].resolve(environment(sandbox)).eodag
    signs = {"type": "AwsAuth", "s3_endpoint": endpoint, "matching_url": "s3://", **auth}
    block = {**stac, "download": {"type": "AwsDownload"}, "auth": signs}
    described = Provider(
        id="bucket", title="bucket", eodag=block, credentials=KEYS, stamp="updated"
    ).model_copy(update={"allow_private": True})
    return EodagGateway({"bucket": described}, {"BUCKET_ID": "id", "BUCKET_SECRET": "secret"})


def remote_of(sandbox: Sandbox, gateway: EodagGateway) -> Remote:
    with sandbox.fault("file_href", provider="stac", href="s3://tiles/a/b.nc"):
        (page, *_) = gateway.search(SOURCE, "main", ONE_DAY)
    (remote,) = gateway.remotes(page.products[0].record)
    return remote


def test_an_object_is_asked_for_by_a_signed_url(sandbox: Sandbox, server: TinyServer) -> None:
    remote = remote_of(sandbox, gateway_of(sandbox, server.url))
    asked = urlsplit(remote.url)

    assert (asked.netloc, asked.path) == (server.host, "/tiles/a/b.nc")
    assert "secret" not in remote.url
    assert parse_qs(asked.query).keys() & {"Signature", "X-Amz-Signature"}


def test_where_the_one_who_asks_pays_the_signature_says_so(
    sandbox: Sandbox, server: TinyServer
) -> None:
    remote = remote_of(sandbox, gateway_of(sandbox, server.url, requester_pays=True))

    assert parse_qs(urlsplit(remote.url).query)["x-amz-request-payer"] == ["requester"]


def test_a_bucket_that_takes_no_signed_urls_is_refused(
    sandbox: Sandbox, server: TinyServer
) -> None:
    gateway = gateway_of(sandbox, server.url, support_presign_url=False)

    with pytest.raises(errors.Misconfigured, match="expected a bucket that takes signed URLs"):
        remote_of(sandbox, gateway)


def test_what_lies_in_a_bucket_lands(
    ledger: Ledger, store: LocalStore, sandbox: Sandbox, server: TinyServer
) -> None:
    server.put("/tiles/a/b.nc", Reply(b"CDF\x01" + bytes(60)))
    gateway = gateway_of(sandbox, server.url)
    faults = sandbox.fault("file_href", provider="stac", href="s3://tiles/a/b.nc")
    with faults, sandbox.fault("nothing_stated", provider="stac"):
        discover(ledger, gateway, "c", SOURCE, ONE_DAY)
    with ledger.begin() as tx:
        (row,) = offers.unfinished(tx, "c")
    place(ledger, gateway, [row])
    land(ledger, gateway, store, [row])

    assert row_of(ledger, row).state == OfferState.LANDED, row_of(ledger, row).reason
