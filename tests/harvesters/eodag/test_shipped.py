"""Every block that EODAG ships can be extended, and its gateway built, without a network."""

from importlib.resources import files

import pytest

from harvesters import blocks, errors
from harvesters.eodag import EodagGateway
from harvesters.provider import Provider
from harvesters.source import Source

SHIPPED = sorted(
    file.name.removesuffix(".yml")
    for file in (files("eodag") / "resources" / "providers").iterdir()
    if file.name.endswith(".yml")
)
# EODAG leaves a provider out that has no credentials for its search.
CREDENTIALS = dict.fromkeys(
    ("username", "password", "apikey", "client_id", "client_secret", "aws_access_key_id"), "SECRET"
)
TAKE_ORDERS = {
    *("cop_ads", "cop_cds", "cop_ewds", "dedt_leonardo", "dedt_lumi", "dedt_mn5"),
    *("meteoblue", "wekeo_ecmwf"),
}
WANTS_MORE = {"ecmwf", "usgs"}  # libraries of their own, by EODAG's extras of these names


def provider_of(name: str) -> Provider:
    return Provider(id=f"our_{name}", title=name, extends=f"eodag:{name}", credentials=CREDENTIALS)


@pytest.fixture(scope="module")
def gateway() -> EodagGateway:
    """All of them at once."""
    known = [provider_of(name) for name in SHIPPED]
    return EodagGateway({p.id: p for p in known}, {"SECRET": "s"})


def test_all_that_are_shipped_are_looked_at() -> None:
    assert len(SHIPPED) == 32


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_block_can_be_searched_in_a_known_way(gateway: EodagGateway, name: str) -> None:
    block = blocks.of_provider(provider_of(name), {"SECRET": "s"})
    collection = next((c for c in block["products"] if c != "GENERIC_COLLECTION"), "ANY")
    source = Source(provider=f"our_{name}", collection=collection)
    if name in WANTS_MORE:
        with pytest.raises(errors.Misconfigured, match="is not available because"):
            gateway.ways(source, "main")
        return
    ways = gateway.ways(source, "main")

    assert ways.takes_orders == (name in TAKE_ORDERS)
    assert not ways.is_whole
