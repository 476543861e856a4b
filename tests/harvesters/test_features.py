from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harvesters import features
from harvesters.errors import Misconfigured
from harvesters.features import UnreadableFeature
from harvesters.provider import Provider
from harvesters.records import Record
from harvesters.source import Source

START = datetime(2024, 2, 1, tzinfo=UTC)
PROVIDER = Provider(id="p", title="P", eodag={"a": "b"}, stamp="updated")
SOURCE = Source(provider="p", collection="C")


def feature(assets: Mapping[str, object] | None = None, **properties: Any) -> dict[str, Any]:
    times = {"start_datetime": "2024-02-01T00:00:00Z", "end_datetime": "2024-02-02T00:00:00Z"}
    return {"id": "a", "properties": {**times, **properties}, "assets": assets or {}}


def test_a_listed_product_has_the_providers_stamp() -> None:
    found = features.listed(SOURCE, PROVIDER, feature(updated="2024-02-03T00:00:00Z", title="T"))

    assert (found.native_id, found.title, found.stamp) == ("a", "T", "2024-02-03T00:00:00Z")
    assert (found.window.start, found.needs_order) == (START, False)


def test_a_product_that_is_offline_needs_an_order() -> None:
    offline = feature(None, **{"order:status": "orderable"})

    assert features.listed(SOURCE, PROVIDER, offline).needs_order


def test_an_instant_lasts_for_a_second() -> None:
    found = features.window_of({"properties": {"datetime": "2024-02-01T00:00:00"}})

    assert (found.start, found.end) == (START, START + timedelta(seconds=1))


def test_a_feature_without_a_time_is_unreadable_and_harms_no_other() -> None:
    timeless: dict[str, object] = {"id": "x", "properties": {"datetime": None}}
    page = features.page_of(SOURCE, PROVIDER, [timeless, feature()], 2)

    assert [p.native_id for p in page.products] == ["a"]
    assert page.unreadable == ("'x' has no ISO times: None … None",)
    with pytest.raises(UnreadableFeature):
        features.window_of(timeless)


def test_data_assets_are_chosen_and_their_absence_is_said() -> None:
    assets = {"nc": {"href": "https://h/a.nc"}, "png": {"href": "https://h/a.png"}}
    record = Record("p", feature(assets))

    assert list(features.chosen_assets(record.feature, record)) == ["nc"]
    none = Record("p", feature(assets), assets="^grib$")
    with pytest.raises(Misconfigured, match="came nc, png; name those to take"):
        features.chosen_assets(none.feature, none)


def test_a_product_without_assets_is_one_file_with_its_promises() -> None:
    whole = feature(None, **{"eodag:download_link": "https://h/a", "file:size": 7, "type": "x/y"})
    record = Record("p", whole)

    assert features.chosen_assets(whole, record) == {
        "data": {"href": "https://h/a", "file:size": 7, "type": "x/y"}
    }


@pytest.mark.parametrize(("said", "size"), [(7, 7), ("7", 7), (None, None), ("many", None)])
def test_a_size_is_a_number_or_nothing(said: object, size: int | None) -> None:
    assert features.size_of({"file:size": said}) == size
