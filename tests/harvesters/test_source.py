from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from harvesters.source import Source

START = datetime(2024, 2, 1, tzinfo=UTC)


def make(**fields: object) -> Source:
    return Source.model_validate({"provider": "p", "collection": "C", **fields})


def key_of(source: Source, native_id: str) -> str:
    return source.item_key(START, START, native_id, "main", native_id)


def test_a_key_is_made_of_time_and_part() -> None:
    source = make(key="era5-{start:%Y%m%d}-{part}")

    assert key_of(source, "whatever") == "era5-20240201-main"


def test_unsafe_ids_become_safe_keys_that_stay_apart() -> None:
    source = make(key="{native_id}")
    keys = [key_of(source, name) for name in ("../../etc", "..", "a/b", "a:b", "a b", "ok-1.nc")]

    assert len(set(keys)) == len(keys)
    assert keys[-1] == "ok-1.nc"
    assert not any("/" in key or key.startswith(".") for key in keys)


def test_a_part_may_name_its_own_collection() -> None:
    source = make(queries={"surface": {"a": 1}, "upper": {"collection": "D", "b": 2}})

    assert source.parts == ("surface", "upper")
    assert [source.collection_of(part) for part in source.parts] == ["C", "D"]
    assert source.query_of("upper") == {"b": 2}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"key": "{start}"}, "give times a format"),
        ({"key": "{start.__class__}"}, "start.__class__"),
        ({"key": "{whatever}"}, "expected a template over start, end"),
        ({"key": "constant"}, "with none of them"),
        ({"key": "a/{native_id}"}, "expected keys of letters"),
        ({"assets": "("}, "expected a regular expression"),
        ({"split": "year"}, "'day' or 'month'"),
        ({"queries": {}}, "at least 1"),
        ({"queries": {"Upper Air": {}}}, "pattern"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_broken_source_is_refused_with_what_was_expected(
    fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        make(**fields)


def test_a_query_that_asks_for_too_much_is_cut_into_parts() -> None:
    query = {"ecmwf:param": "165/166/167", "ecmwf:time": ["00:00"]}
    source = Source.model_validate(
        {"provider": "p", "collection": "C", "queries": {"main": query}, "split": "day"}
    )
    bounded = source.model_copy(update={"max_fields": 2})

    assert source.parts == ("main",)
    assert bounded.parts == ("main-1of2", "main-2of2")
    assert bounded.query_of("main-2of2")["ecmwf:param"] == "167"
    assert bounded.collection_of("main-2of2") == "C"


def test_a_bound_below_one_field_is_refused() -> None:
    query = {"ecmwf:param": "167", "ecmwf:time": ["00:00", "12:00"]}

    with pytest.raises(ValidationError, match="expected at least 2"):
        Source.model_validate(
            {"provider": "p", "collection": "C", "queries": {"main": query}, "max_fields": 1}
        )
