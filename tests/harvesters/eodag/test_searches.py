"""Searches through the real plugins of EODAG: next links, planned orders, what is no page."""

from datetime import timedelta

import pytest

from harvesters import errors
from harvesters.eodag import EodagGateway
from harvesters.eodag.searches import Searches
from harvesters.gateway import By, Product, View
from harvesters.links import Link
from harvesters.records import Record
from harvesters.source import Source
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.harvesters.fake_gateway import DAY, START
from tests.harvesters.families import gateway_of, sources

TEN_DAYS = Window(START, START + 10 * DAY)
CLIMATE = Source.model_validate(
    {
        "provider": "hda",
        "collection": "DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
        "split": "day",
        "queries": {
            "main": {
                "ecmwf:param": ["167", "165"],
                "ecmwf:levtype": "sfc",
                "ecmwf:time": ["1200", "0000"],
            }
        },
    }
)


@pytest.fixture(scope="module")
def families(sandbox: Sandbox) -> EodagGateway:
    return gateway_of(sandbox, page_size=7)


def found(gateway: EodagGateway, source: Source, view: View) -> list[Product]:
    return [p for page in gateway.search(source, "main", TEN_DAYS, view) for p in page.products]


@pytest.mark.parametrize("family", ["stac", "opensearch", "eumetsat", "hda", "odata"])
def test_a_search_can_be_read_from_its_other_end(families: EodagGateway, family: str) -> None:
    source = sources()[family]
    forward, backward = (found(families, source, View(backwards=b)) for b in (False, True))
    starts = [p.window.start for p in backward]

    assert families.ways(source, "main").can_sort
    assert starts == sorted(starts, reverse=True)
    assert {p.native_id for p in forward} == {p.native_id for p in backward}


@pytest.mark.parametrize("family", ["stac", "opensearch", "hda", "odata"])
def test_publication_is_filtered_by_the_provider(families: EodagGateway, family: str) -> None:
    stamps = [p.stamp or "" for p in found(families, sources()[family], View(By.PUBLISHED))]

    assert stamps
    assert all("2024-02-01" <= stamp < "2024-02-11T00:00:01" for stamp in stamps)


@pytest.mark.parametrize("url", ["https://evil.example/stac/search", "http://169.254.169.254/"])
def test_a_next_link_off_the_providers_hosts_is_not_followed(
    families: EodagGateway, url: str
) -> None:
    searches: Searches = families._searches("stac")

    with pytest.raises(errors.ForbiddenTarget, match="expected the next page on"):
        searches._require_home(Link(url))


@pytest.mark.parametrize("family", ["stac", "hda"])
def test_a_page_with_items_of_another_collection_is_no_page(
    families: EodagGateway, sandbox: Sandbox, family: str
) -> None:
    with (
        sandbox.fault("other_collection", provider=family),
        pytest.raises(errors.ProviderUnreachable, match="came one of another-collection"),
    ):
        found(families, sources()[family], View())


def test_a_placeholder_of_an_order_is_known_by_its_request(
    families: EodagGateway, sandbox: Sandbox
) -> None:
    two_days = Window(START, START + 2 * DAY)
    products = [p for page in families.search(CLIMATE, "main", two_days) for p in page.products]
    again = gateway_of(sandbox)
    listed = sorted(CLIMATE.queries["main"]["ecmwf:param"])  # type: ignore[arg-type, type-var]
    turned = {**CLIMATE.queries["main"], "ecmwf:param": listed}
    other = CLIMATE.model_copy(update={"queries": {"main": turned}})
    same = [p for page in again.search(other, "main", two_days) for p in page.products]

    assert [p.native_id for p in products] == [p.native_id for p in same]
    assert not any("ORDERABLE" in p.native_id for p in products)
    assert [(p.window.end - p.window.start, p.fields) for p in products] == [
        (timedelta(days=1), 4)
    ] * 2


def test_a_plain_item_is_restored_as_eodag_would_have_read_it(families: EodagGateway) -> None:
    (first, *_) = found(families, sources()["stac"], View())
    feature = Record.from_text(first.record).feature
    (remote,) = families.remotes(first.record)

    assert feature["properties"]["eodag:provider"] == "stac"
    assert remote.url == feature["assets"]["data"]["href"]
