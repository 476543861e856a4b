import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from harvesters import errors
from harvesters.eodag import EodagGateway, open_gateway
from harvesters.gateway import Page, Ready, Remote, Waiting
from harvesters.provider import Provider
from harvesters.records import Record
from harvesters.source import Source
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.harvesters.portfolio import CLIMATE_DT, ERA5, SLSTR, SST, environment

START = datetime(2024, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TEN_DAYS = Window(START, START + 10 * DAY)


def pages(gateway: EodagGateway, source: Source, window: Window = TEN_DAYS) -> list[Page]:
    return list(gateway.search(source, "main", window))


def unique(found: list[Page]) -> set[str]:
    return {product.native_id for page in found for product in page.products}


def until_ready(gateway: EodagGateway, record: str) -> Ready:
    while isinstance(answer := gateway.poll(record), Waiting):
        pass
    return answer


def small_pages(shipped: dict[str, Provider], sandbox: Sandbox) -> EodagGateway:
    cut = {name: p.model_copy(update={"page_size": 3}) for name, p in shipped.items()}
    return EodagGateway(cut, environment(sandbox))


@pytest.mark.parametrize("source", [SST, SLSTR], ids=lambda s: s.provider)
def test_all_pages_are_asked_for_and_the_count_is_theirs(
    sandbox: Sandbox, shipped: dict[str, Provider], source: Source
) -> None:
    found = pages(small_pages(shipped, sandbox), source)

    assert len(found) > 3
    assert found[0].stated == sum(len(page.products) for page in found) == len(unique(found))


@pytest.mark.parametrize(("source", "room"), [(SST, "stac"), (SLSTR, "odata")])
def test_a_short_page_does_not_end_the_search(
    sandbox: Sandbox, shipped: dict[str, Provider], source: Source, room: str
) -> None:
    gateway = small_pages(shipped, sandbox)
    with sandbox.fault("short_page", provider=room, every=2):
        found = pages(gateway, source)

    assert len(unique(found)) == found[0].stated


def test_a_day_is_ordered_at_just_its_times(sandbox: Sandbox, gateway: EodagGateway) -> None:
    half = Window(START, START + timedelta(hours=12))
    for source in (ERA5, CLIMATE_DT):
        (page,) = pages(gateway, source, half)
        gateway.order(page.products[0].record)

    era5, climate = (order.request for order in sandbox.orders()[-2:])
    assert (era5["year"], era5["month"], era5["day"]) == (["2024"], ["02"], ["01"])
    assert era5["time"] == ["00:00"]
    assert (climate["date"], climate["time"]) == ("20240201/to/20240201", ["00:00"])


def test_a_month_is_ordered_to_its_last_day(sandbox: Sandbox, gateway: EodagGateway) -> None:
    monthly = ERA5.model_copy(update={"split": "month"})
    (page,) = pages(gateway, monthly, Window(START, START + 29 * DAY))
    gateway.order(page.products[0].record)
    request = sandbox.orders("cds")[-1].request

    assert sorted(request["day"]) == [f"{day:02}" for day in range(1, 30)]
    assert request["month"] == ["02"]


def test_planning_orders_asks_for_nothing_but_constraints(
    sandbox: Sandbox, gateway: EodagGateway
) -> None:
    before = len(sandbox.orders())
    with sandbox.fault("unavailable", subject="retrieve"):
        found = pages(gateway, ERA5)

    assert len(unique(found)) == 10
    assert {page.stated for page in found} == {None}
    assert len(sandbox.orders()) == before


def test_an_order_has_one_identity_in_every_gateway_and_at_every_address(
    gateway: EodagGateway, shipped: dict[str, Provider]
) -> None:
    moved = {"INLET_SANDBOX_URL": "http://127.0.0.1:9", "INLET_SANDBOX_KEY": "other"}
    uncounted = ERA5.model_copy(update={"counts_fields": False})
    elsewhere = EodagGateway(shipped, moved)

    assert unique(pages(gateway, ERA5)) == unique(pages(elsewhere, uncounted))


_IN_A_PROCESS = """
from tests.harvesters.eodag.test_gateway import START, DAY, ERA5, unique, pages
from tests.harvesters.portfolio import providers
from harvesters.eodag import EodagGateway
from lake.nouns import Window
known = {"INLET_SANDBOX_URL": "http://127.0.0.1:9", "INLET_SANDBOX_KEY": "k"}
month = ERA5.model_copy(update={"split": "month", "counts_fields": False})
print(*unique(pages(EodagGateway(providers(), known), month, Window(START, START + 29 * DAY))))
"""


def test_an_order_has_one_identity_whatever_seed_a_process_hashes_by() -> None:
    # EODAG writes the days of a month in the order of a set, which changes with the seed
    printed = {
        subprocess.run(
            [sys.executable, "-c", _IN_A_PROCESS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split()[-1]
        for seed in ("1", "2")
    }

    assert len(printed) == 1
    assert len(printed.pop()) == 64


def test_constraints_that_cannot_be_had_now_keep_a_window_from_being_planned(
    sandbox: Sandbox, shipped: dict[str, Provider]
) -> None:
    impatient = EodagGateway(shipped, environment(sandbox), pause=lambda _: None)
    with (
        sandbox.fault("unavailable", subject="constraints"),
        pytest.raises(errors.ProviderUnreachable),
    ):
        pages(impatient, ERA5)


def test_an_order_survives_in_its_record(
    sandbox: Sandbox, shipped: dict[str, Provider], gateway: EodagGateway
) -> None:
    (page,) = pages(gateway, ERA5, Window(START, START + DAY))
    placed = gateway.order(page.products[0].record)
    another = EodagGateway(shipped, environment(sandbox))
    answer = until_ready(another, placed.record)

    (remote,) = gateway.remotes(answer.record)
    assert (remote.size, len(remote.checksum or "")) == (remote.size or 0, 32)
    assert sandbox.orders("cds")[-1].id == placed.order_id


@pytest.mark.parametrize(("source", "room"), [(ERA5, "cds"), (CLIMATE_DT, "polytope")])
def test_a_failed_order_says_why(
    sandbox: Sandbox, gateway: EodagGateway, source: Source, room: str
) -> None:
    (page,) = pages(gateway, source, Window(START + 20 * DAY, START + 21 * DAY))
    with sandbox.fault("job_failed", provider=room, message="the archive is on fire"):
        placed = gateway.order(page.products[0].record)
        with pytest.raises(errors.OrderFailed):
            until_ready(gateway, placed.record)


def test_an_order_at_work_past_its_deadline_is_overdue(
    sandbox: Sandbox, shipped: dict[str, Provider]
) -> None:
    now = [datetime.now(UTC)]
    gateway = EodagGateway(shipped, environment(sandbox), clock=lambda: now[0])
    (page,) = pages(gateway, ERA5, Window(START, START + DAY))
    placed = gateway.order(page.products[0].record)
    now[0] += timedelta(hours=1)

    with pytest.raises(errors.OrderOverdue, match="order_deadline_seconds"):
        gateway.poll(placed.record)


def remote_of(gateway: EodagGateway, source: Source, href: str) -> Remote:
    """Return the remote of a product whose data lie at ``href``."""
    (page, *_) = pages(gateway, source, Window(START, START + DAY))
    record = Record.from_text(page.products[0].record)
    record.feature["properties"]["eodag:download_link"] = href
    (remote,) = gateway.remotes(record.to_text())
    return remote


def test_credentials_go_to_the_urls_that_they_were_meant_for(
    sandbox: Sandbox, gateway: EodagGateway
) -> None:
    meant = remote_of(gateway, SLSTR, f"{sandbox.url}/odata/v1/Products(1)/$value")
    beside = remote_of(gateway, SLSTR, f"{sandbox.url}/stac/data")
    elsewhere = remote_of(gateway, SLSTR, "https://evil.example/odata/")

    assert meant.headers["Authorization"].startswith("Bearer ")
    assert beside.headers == elsewhere.headers == {}
    assert "Bearer" not in repr(meant)


def test_one_provider_never_gets_the_credentials_of_another(
    sandbox: Sandbox, gateway: EodagGateway
) -> None:
    # EODAG would: the OData provider's `matching_url` fits this URL of the STAC provider.
    (page, *_) = pages(gateway, SST, Window(START, START + DAY))
    record = Record.from_text(page.products[0].record)
    record.feature["assets"]["data"]["href"] = f"{sandbox.url}/odata/v1/x"

    assert gateway.remotes(record.to_text())[0].headers == {}


def test_a_wrong_key_is_refused(sandbox: Sandbox, shipped: dict[str, Provider]) -> None:
    gateway = EodagGateway(shipped, {**environment(sandbox), "INLET_SANDBOX_KEY": "wrong"})
    (page,) = pages(gateway, ERA5, Window(START, START + DAY))

    with pytest.raises(errors.ProviderRefused, match="sandbox_cds: AuthenticationError"):
        gateway.order(page.products[0].record)


def test_a_provider_without_its_variable_harms_no_other(
    sandbox: Sandbox, shipped: dict[str, Provider]
) -> None:
    gateway = EodagGateway(shipped, {"INLET_SANDBOX_URL": sandbox.url})

    assert pages(gateway, SST)
    with pytest.raises(errors.MissingVariable, match="INLET_SANDBOX_KEY"):
        pages(gateway, ERA5)


def test_a_provider_whose_block_is_half_written_harms_no_other(
    sandbox: Sandbox, shipped: dict[str, Provider]
) -> None:
    half = Provider(id="half", title="Half", eodag={"search": {"api_endpoint": sandbox.url}})
    gateway = EodagGateway({**shipped, "half": half}, environment(sandbox))

    assert pages(gateway, SST)
    with pytest.raises(errors.Misconfigured, match="expected `search` with a `type`"):
        pages(gateway, SST.model_copy(update={"provider": "half"}))


@pytest.mark.parametrize("source", [SST, ERA5], ids=lambda source: source.provider)
def test_a_search_sends_nothing_to_an_address_that_its_provider_may_not_have(
    source: Source, sandbox: Sandbox, shipped: dict[str, Provider]
) -> None:
    public = shipped[source.provider].model_copy(update={"allow_private": False})
    by_name = environment(sandbox) | {
        "INLET_SANDBOX_URL": sandbox.url.replace("127.0.0.1", "localhost")
    }
    gateway = EodagGateway({source.provider: public}, by_name)

    with sandbox.fault("unavailable"):
        with pytest.raises(errors.ForbiddenTarget, match="localhost, which leads to"):
            pages(gateway, source)
        assert sandbox.hits("unavailable") == 0


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SST.model_copy(update={"provider": "nobody"}), "expected a provider of"),
        (SST.model_copy(update={"collection": "nothing"}), "expected a collection of"),
        (ERA5.model_copy(update={"split": None}), "expected `split: day` or"),
    ],
)
def test_a_source_that_does_not_fit_is_told_so(
    gateway: EodagGateway, source: Source, said: str
) -> None:
    with pytest.raises(errors.Misconfigured, match=said):
        pages(gateway, source)


def test_downloads_are_allowed_from_the_hosts_of_the_block_or_those_declared(
    sandbox: Sandbox, gateway: EodagGateway, shipped: dict[str, Provider]
) -> None:
    declared = shipped["sandbox_stac"].model_copy(update={"hosts": ("data.example",)})
    strict = EodagGateway({"sandbox_stac": declared}, environment(sandbox))

    assert sandbox.url.removeprefix("http://") in gateway.policy("sandbox_stac").hosts
    assert strict.policy("sandbox_stac").hosts == {"data.example:80", "data.example:443"}


def test_a_process_builds_one_gateway_for_one_set_of_providers(
    shipped: dict[str, Provider], sandbox: Sandbox
) -> None:
    here = environment(sandbox)

    assert open_gateway(shipped, here) is open_gateway(dict(shipped), {**here, "OTHER": "1"})
    assert open_gateway(shipped, here) is not open_gateway(
        shipped, {**here, "INLET_SANDBOX_KEY": "x"}
    )
