import pytest
from pydantic import ValidationError

from transforms.quality.suite import Suite


def test_a_suite_that_says_nothing_holds_physical_bounds_alone() -> None:
    suite = Suite()

    assert suite.defaults == "physical"
    assert (suite.constant_fields, suite.frozen_fields) == ("allowed", "allowed")
    assert suite.demanded == ()


def test_one_completeness_or_a_list_of_them_may_be_written() -> None:
    one = Suite.model_validate({"complete": {"variables": ["t2m"], "times": 24}})
    two = Suite.model_validate({"complete": [{"times": 24}, {"levels": [500, 850]}]})

    assert len(one.complete) == 1
    assert len(two.complete) == 2


def test_the_rule_with_the_group_wins() -> None:
    suite = Suite.model_validate(
        {"variables": {"t": {"between": [0, 1]}, "surface/t": {"between": [2, 3]}}}
    )

    assert suite.rule("surface", "t").between == (2, 3)
    assert suite.rule("isobaric", "t").between == (0, 1)


def test_a_variable_can_be_excepted_from_the_policy() -> None:
    suite = Suite.model_validate(
        {"frozen_fields": "forbidden", "variables": {"lsm": {"frozen_fields": "allowed"}}}
    )

    assert suite.rule("", "lsm").frozen_fields == "allowed"
    assert suite.rule("", "t2m").frozen_fields == "forbidden"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"variables": {"t2m": {"between": [340, 180]}}}, "the lower one first, came"),
        ({"variables": {"t2m": {"between": [0, float("inf")]}}}, "two finite numbers"),
        ({"variables": {"t2m": {"missing_at_most": 5}}}, "less than or equal to 1"),
        ({"complete": {}}, "at least one of variables, times, levels or members"),
        ({"frozen_fields": "maybe"}, "'forbidden' or 'allowed'"),
        ({"compleet": {"times": 1}}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_suite_says_what_was_expected(written: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Suite.model_validate(written)


def test_the_schema_for_editors_offers_both_spellings_of_complete() -> None:
    schema = Suite.model_json_schema()

    kinds = [option.get("type", "object") for option in schema["properties"]["complete"]["anyOf"]]
    assert sorted(kinds) == ["array", "null", "object"]
