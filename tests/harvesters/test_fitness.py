"""Every provider that EODAG ships can be used by a few lines, or is refused with the reason."""

import re
from typing import Any

import pytest

from harvesters import blocks, fitness
from harvesters.provider import Provider
from harvesters.source import Source
from tests.harvesters.eodag.test_shipped import SHIPPED

REFUSED = {
    "ecmwf": "EcmwfApi searches, orders and fetches by a library of its own",
    "usgs": "UsgsApi searches, orders and fetches by a library of its own",
    "cop_dataspace_s3": "a bucket that takes no signed URLs",
    "creodias_s3": "a bucket that takes no signed URLs",
    "earth_search_gcs": "a bucket that takes no signed URLs",
}
OPEN = {"cop_ghsl", "fedeo_ceda"}
IN_BUCKETS = {"cop_marine", "earth_search", "geodes_s3", "usgs_satapi_aws"}
"""Their buckets may be asked anonymously, or by what stands in the machine's environment."""


def provider_of(name: str, **policy: Any) -> Provider:
    return Provider(id=f"our_{name}", title=name, extends=f"eodag:{name}", **policy)


def collection_of(name: str) -> str:
    known = blocks.unresolved(provider_of(name))["products"]
    return next((c for c in known if c != "GENERIC_COLLECTION"), "ANY")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_provider_says_what_it_lacks_and_needs_no_more(name: str) -> None:
    lacks = fitness.lacks(provider_of(name))
    if name in REFUSED:
        assert REFUSED[name] in lacks[0].what
        assert "by " in lacks[0].remedy
        return
    assert bool(lacks) == (name not in OPEN | IN_BUCKETS)
    wanted = {w for lack in lacks for w in re.findall(r"(\w+): A_VARIABLE", lack.remedy)}
    complete = provider_of(name, credentials=dict.fromkeys(wanted, "SECRET"))

    assert fitness.lacks(complete) == ()
    assert fitness.hosts_to_name(complete)
    assert fitness.hosts_to_name(provider_of(name, hosts=["data.example"])) == ()


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - set(REFUSED)))
def test_a_source_of_a_shipped_provider_is_right_or_says_what_it_lacks(name: str) -> None:
    provider, collection = provider_of(name), collection_of(name)
    plain = Source(provider=provider.id, collection=collection)
    ordered = plain.model_copy(update={"split": "day"})

    assert fitness.lacks_of_source(ordered, provider) == ()
    assert all("takes orders" in lack.what for lack in fitness.lacks_of_source(plain, provider))


def test_what_eodag_does_not_ship_is_named() -> None:
    (lack,) = fitness.lacks(provider_of("nobody"))

    assert "expected a provider that EODAG ships" in lack.what


def test_a_collection_that_a_provider_does_not_know_is_named() -> None:
    known = provider_of("dedt_lumi")
    source = Source(provider=known.id, collection="NONESUCH", split="day")

    assert "knows no collection 'NONESUCH'" in fitness.lacks_of_source(source, known)[0].what


def test_orders_that_are_not_split_are_named() -> None:
    known = provider_of("cop_cds")
    source = Source(provider=known.id, collection="ERA5_SL_HOURLY")
    lacks = fitness.lacks_of_source(source, known)

    assert any(lack.remedy == "write `split: day` or `split: month`" for lack in lacks)
