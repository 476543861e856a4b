"""EODAG's other search plugins read the sandbox to its last product, and order from HDA."""

import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from eodag import EODataAccessGateway

from sandbox.client import Sandbox
from tests.sandbox.eodag_gateway import gateway_of, order, shipped, token_auth

DOWNLOAD = {"type": "HTTPDownload", "extract": False}
PRODUCTS = {"ticks": {"_collection": "sandbox-ticks"}}
RECORD = {
    "title": "$.title",
    "updated": "$.modified",
    "published": "$.published",
    "file:checksum": "$.md5",
    "file:size": "$.size",
    "eodag:download_link": "$.url",
    "order:status": '{$.null#replace_str("Not Available","succeeded")}',
}
FEBRUARY = {"start": "2024-02-01T00:00:00Z", "end": "2024-02-29T23:00:00Z"}


def static(url: str) -> dict[str, Any]:
    search = {
        "type": "StaticStacSearch",
        "api_endpoint": f"{url}/static/catalog.json",
        "asset_key_from_href": False,
        "timeout": 30,
        "max_connections": 8,
    }
    return {"url": url, "search": search, "products": PRODUCTS, "download": DOWNLOAD}


def opensearch(url: str) -> dict[str, Any]:
    search = {
        "type": "QueryStringSearch",
        "api_endpoint": f"{url}/opensearch/{{_collection}}/search",
        "results_entry": "items",
        "pagination": {
            "next_page_url_tpl": "{url}?{search}&rows={limit}&page={next_page_token}",
            "total_items_nb_key_path": "$.total",
            "max_limit": 100,
        },
        "sort": {
            "sort_by_tpl": "&order={sort_param}:{sort_order}",
            "sort_param_mapping": {"updated": "modified"},
            "sort_order_mapping": {"ascending": "asc", "descending": "desc"},
        },
        "metadata_mapping": {
            **RECORD,
            "id": ["id={id}", "$.identifier"],
            "start_datetime": ["from={start_datetime#to_iso_utc_datetime}", "$.begin"],
            "end_datetime": ["to={end_datetime#to_iso_utc_datetime}", "$.finish"],
            "updated_after": ["modifiedAfter={updated_after#to_iso_utc_datetime}", "$.null"],
            "updated_before": ["modifiedBefore={updated_before#to_iso_utc_datetime}", "$.null"],
            "geometry": ["wkt={geometry#to_rounded_wkt}", "$.footprint"],
        },
    }
    return {"url": url, "search": search, "products": PRODUCTS, "download": DOWNLOAD}


def postjson(url: str) -> dict[str, Any]:
    def bound(name: str, relation: str, value: str) -> str:
        return f'{{{{"{name}":{{{{"{relation}":"{{{value}#to_iso_utc_datetime}}"}}}}}}}}'

    search = {
        "type": "PostJsonSearch",
        "api_endpoint": f"{url}/postjson/search",
        "results_entry": "$.hits.list",
        "pagination": {
            "next_page_query_obj": '{{"size":{limit},"from":{next_page_token}}}',
            "next_page_token_key": "skip",
            "total_items_nb_key_path": "$.hits.total",
            "max_limit": 100,
        },
        "metadata_mapping": {
            **RECORD,
            "_collection": ['{{"collection":"{_collection}"}}', "$.collection"],
            "id": ['{{"ids":["{id}"]}}', "$.identifier"],
            "start_datetime": [bound("finish", "gte", "start_datetime"), "$.begin"],
            "end_datetime": [bound("begin", "lte", "end_datetime"), "$.finish"],
            "updated_after": [bound("modified", "gte", "updated_after"), "$.null"],
            "geometry": "$.footprint",
        },
    }
    return {"url": url, "search": search, "products": PRODUCTS, "download": DOWNLOAD}


def blocks(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    harmonised, eumetsat = (shipped(p, sandbox) for p in ("dedl", "eumetsat_ds"))
    harmonised["auth"] = token_auth(sandbox)
    harmonised["products"] |= PRODUCTS
    eumetsat.pop("auth")
    eumetsat["products"] = {"ticks": {"_collection": "EO:EUM:DAT:TICKS"}}
    return {
        "static": static(sandbox.url),
        "opensearch": opensearch(sandbox.url),
        "postjson": postjson(sandbox.url),
        "dedl": harmonised,
        "eumetsat_ds": eumetsat,
    }


@pytest.fixture(scope="module")
def gateway(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> EODataAccessGateway:
    return gateway_of(blocks(sandbox), tmp_path_factory.mktemp("eodag"))


def whole(gateway: EODataAccessGateway, provider: str, **asked: Any) -> list[Any]:
    found = gateway.search(
        provider=provider,
        collection="ticks",
        limit=50,
        count=True,
        validate=False,
        raise_errors=True,
        **FEBRUARY,
        **asked,
    )
    products = list(found)
    for page in found.next_page(update=False):
        products += page
    assert found.number_matched == len(products)
    return products


@pytest.mark.parametrize("provider", ["static", "opensearch", "postjson", "eumetsat_ds", "dedl"])
def test_a_month_is_read_to_its_last_product(gateway: EODataAccessGateway, provider: str) -> None:
    asked = {"query": {"federation:backends": {"eq": "sandbox"}}} if provider == "dedl" else {}
    names = {product.properties["id"] for product in whole(gateway, provider, **asked)}

    assert len(names) == 29 * 4
    assert {min(names), max(names)} == {"tick-20240201T0000", "tick-20240229T1800"}


def test_the_shipped_block_of_hda_drops_the_next_links_body_and_loses_the_rest(
    gateway: EODataAccessGateway,
) -> None:
    found = gateway.search_all(provider="dedl", collection="ticks", limit=50, **FEBRUARY)

    assert len(found) == 50


@pytest.mark.parametrize("provider", ["opensearch", "postjson"])
def test_what_was_updated_is_asked_for_alone(gateway: EODataAccessGateway, provider: str) -> None:
    found = whole(gateway, provider, updated_after="2024-02-28T00:00:00Z")

    assert {p.properties["id"] for p in found} >= {"tick-20240228T0000", "tick-20240229T1800"}
    assert min(p.properties["updated"] for p in found) >= "2024-02-28T00:00:00"


@pytest.mark.parametrize("provider", ["opensearch", "postjson"])
def test_a_record_leads_to_bytes_as_stated(
    gateway: EODataAccessGateway, provider: str, tmp_path: Path
) -> None:
    product = whole(gateway, provider)[0]
    content = httpx.get(product.properties["eodag:download_link"], trust_env=False).content

    assert product.properties["file:size"] == len(content)
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert product.properties["file:checksum"] == digest


@pytest.mark.parametrize(
    ("collection", "asked", "count"),
    [
        (
            "ERA5_SL",
            {"ecmwf:variable": ["2m_temperature"], "ecmwf:time": ["00:00", "12:00"]},
            2,
        ),
        (
            "DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
            {"ecmwf:param": ["167", "151"], "ecmwf:time": ["0000"]},
            2,
        ),
    ],
)
def test_hda_takes_an_order_by_the_shipped_block(
    sandbox: Sandbox,
    gateway: EODataAccessGateway,
    collection: str,
    asked: dict[str, Any],
    count: int,
) -> None:
    before = len(sandbox.orders("hda"))
    found = gateway.search(
        provider="dedl",
        collection=collection,
        start="2024-01-02T00:00:00Z",
        end="2024-01-02T23:00:00Z",
        validate=False,
        raise_errors=True,
        **asked,
    )
    (product,) = list(found)
    assert product.properties["order:status"] == "orderable"
    auth = token_auth_headers(sandbox)
    content = httpx.get(order(gateway, product), headers=auth, trust_env=False).content

    assert content.count(b"7777") == count
    assert len(sandbox.orders("hda")) == before + 1


def token_auth_headers(sandbox: Sandbox) -> dict[str, str]:
    form = {"username": "somebody", "password": sandbox.key}
    answer = httpx.post(f"{sandbox.url}/auth/token", data=form, trust_env=False).json()
    return {"Authorization": f"Bearer {answer['access_token']}"}
