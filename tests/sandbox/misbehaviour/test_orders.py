"""What faults of orders look like to a client."""

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.client import Sandbox
from tests.sandbox.families import Visitor


def test_an_order_may_fail_or_find_nothing(sandbox: Sandbox, cds: Visitor) -> None:
    with sandbox.fault("job_failed", provider="cds", message="the disk is full"):
        failed = cds.result(cds.order()).json()
    with sandbox.fault("no_data", provider="cds"):
        nothing = cds.result(cds.order()).json()

    assert (failed["status"], failed["message"]) == ("failed", "the disk is full")
    assert "no data is available" in nothing["message"]


def test_an_order_may_run_for_ever(sandbox: Sandbox, cds: Visitor) -> None:
    with sandbox.fault("job_never_ready", provider="cds"):
        place = cds.order()

    assert cds.result(place).json()["status"] == "running"


@pytest.mark.parametrize("family", ["cds", "polytope", "hda"])
def test_a_result_may_expire(sandbox: Sandbox, family: str) -> None:
    visitor = Visitor(sandbox, family)
    with sandbox.fault("job_expired", provider=family, status=410):
        place = visitor.order()

    assert visitor.result(place).status_code == 410


@pytest.mark.parametrize("family", ["cds", "polytope", "hda"])
def test_an_order_may_be_placed_though_nobody_is_told(sandbox: Sandbox, family: str) -> None:
    visitor = Visitor(sandbox, family)
    before = len(sandbox.orders(family))
    with (
        sandbox.fault("post_accepted_but_reply_lost", provider=family),
        pytest.raises(httpx.ReadError),
    ):
        visitor.order()

    assert len(sandbox.orders(family)) == before + 1


def test_the_list_of_jobs_finds_the_order_whose_reply_was_lost(
    sandbox: Sandbox, cds: Visitor
) -> None:
    before = datetime.now(UTC)
    lost = sandbox.fault("post_accepted_but_reply_lost", provider="cds")
    with lost, pytest.raises(httpx.ReadError):
        cds.order()
    newest = cds.http.get("/api/retrieve/v1/jobs").json()["jobs"][0]

    assert newest["processID"] == "reanalysis-era5-single-levels"
    assert newest["metadata"]["request"]["ids"]["variable"][0] == "2m_temperature"
    assert datetime.fromisoformat(newest["created"]) >= before


def test_one_post_may_place_two_orders(sandbox: Sandbox, cds: Visitor) -> None:
    before = len(sandbox.orders("cds"))
    with sandbox.fault("duplicate_job", provider="cds"):
        place = cds.order()
    first, second = sandbox.orders("cds")[before:]

    assert place.endswith(second.id)
    assert first.request == second.request


def test_an_order_may_be_refused_for_now(sandbox: Sandbox, cds: Visitor) -> None:
    before = len(sandbox.orders("cds"))
    refused = sandbox.fault("order_429", provider="cds", times=1)
    with refused, pytest.raises(httpx.HTTPStatusError, match="429"):
        cds.order()

    assert len(sandbox.orders("cds")) == before


@pytest.mark.parametrize("family", ["cds", "polytope", "hda"])
def test_a_success_may_lack_fields(sandbox: Sandbox, family: str) -> None:
    visitor = Visitor(sandbox, family)
    with sandbox.fault("result_missing_fields", provider=family):
        place = visitor.order()
    content = visitor.read(visitor.location(visitor.result(place))).content

    assert content.count(b"7777") == 1
    assert content.endswith(b"7777")
