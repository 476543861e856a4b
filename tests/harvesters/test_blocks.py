from typing import Any

import pytest

from harvesters import blocks
from harvesters.errors import Misconfigured, MissingVariable
from harvesters.provider import Provider
from tests.harvesters.portfolio import providers

CDS = "https://cds.climate.copernicus.eu"
ENVIRONMENT = {"INLET_SANDBOX_URL": "http://127.0.0.1:9", "INLET_SANDBOX_KEY": "key"}


def test_a_shipped_block_is_moved_to_other_hosts_and_nothing_is_left_behind() -> None:
    for provider in providers().values():
        moved = blocks.of_provider(provider, ENVIRONMENT)

        assert blocks.service_hosts(moved) == {"127.0.0.1:9"}


def test_only_the_whole_host_is_replaced() -> None:
    text = f"{CDS}/api {CDS} {CDS}.evil.org {CDS}:8443/x"

    assert blocks.rehosted(text, {CDS: "http://h:1/cds"}) == (
        f"http://h:1/cds/api http://h:1/cds {CDS}.evil.org {CDS}:8443/x"
    )


def test_null_removes_a_key_but_switches_discovery_off() -> None:
    base = {"auth": {"a": 1, "b": 2}, "search": {"discover_queryables": {"fetch_url": "x"}}}
    over = {"auth": {"a": None}, "search": {"discover_queryables": {"fetch_url": None}}}

    assert blocks.merged(base, over) == {
        "auth": {"b": 2},
        "search": {"discover_queryables": {"fetch_url": None}},
    }


def test_credentials_come_from_the_environment_into_the_auth_block() -> None:
    block = blocks.of_provider(providers()["sandbox_cds"], ENVIRONMENT)

    assert block["auth"]["credentials"] == {"apikey": "key"}


def test_a_missing_credential_names_its_variable() -> None:
    with pytest.raises(MissingVariable, match="INLET_SANDBOX_KEY"):
        blocks.of_provider(providers()["sandbox_cds"], {"INLET_SANDBOX_URL": "http://h"})


def test_a_provider_that_eodag_does_not_ship_is_named() -> None:
    unknown = Provider(id="p", title="P", extends="eodag:nobody")

    with pytest.raises(Misconfigured, match="eodag:nobody"):
        blocks.of_provider(unknown, {})


def test_a_host_without_a_port_means_those_of_http_and_https() -> None:
    assert blocks.allowed_hosts(("A.org", "b.org:8080")) == {
        "a.org:80",
        "a.org:443",
        "b.org:8080",
    }


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://a.org/x", "a.org:443"),
        ("http://a.org:81/x", "a.org:81"),
        ("https://user:pass@a.org/x", "a.org:443"),
        ("file:///etc/passwd", ""),
        ("http://a.org:port/x", ""),
        ("", ""),
    ],
)
def test_a_url_leads_to_a_host_and_port(url: str, place: str) -> None:
    assert blocks.host_and_port(url) == place


@pytest.mark.parametrize(
    ("half", "said"),
    [
        ({"search": {"api_endpoint": "https://h"}}, "expected `search` with a `type`"),
        ({"search": "StacSearch"}, "expected `search` with a `type`"),
        ({"download": "HTTPDownload"}, "expected `download` with a `type`"),
        ({"auth": {}}, "expected `auth` with a `type`"),
        ({"api": "x"}, "expected `api` with a `type`"),
        ({"search": None}, "expected `search`"),
        ({"products": ["S2"]}, "expected `products` as a mapping"),
        ({"products": {"S2": None}}, "expected `products` as a mapping"),
        ({"auth": {"type": "ApiKey", "matching_url": "("}}, "a regular expression"),
    ],
)
def test_a_half_written_block_is_named_before_eodag_meets_it(
    half: dict[str, Any], said: str
) -> None:
    whole = {"search": {"type": "StacSearch"}, "products": {}}
    provider = Provider(id="p", title="P", eodag={**whole, **half})

    with pytest.raises(Misconfigured, match=said):
        blocks.unresolved(provider)
    with pytest.raises(Misconfigured, match=said):
        blocks.of_provider(
            provider.model_copy(update={"credentials": {"apikey": "A"}}), {"A": "b"}
        )
