import pytest
from pydantic import ValidationError

from catalog.template import StacTemplate


def a_template(**changes: object) -> StacTemplate:
    return StacTemplate.model_validate({"title": "ERA5", "description": "Hourly.", **changes})


def test_title_and_description_are_enough() -> None:
    assert a_template().license == "other"


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="licence"):
        a_template(licence="CC-BY-4.0")


def test_a_role_that_stac_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="roles"):
        a_template(providers=[{"name": "ECMWF", "roles": ["owner"]}])


def test_a_box_upside_down_is_refused() -> None:
    with pytest.raises(ValidationError, match="south must not exceed north"):
        a_template(bbox=[0, 10, 5, -10])


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        a_template(start="2024-01-01T00:00:00")


def test_an_interval_may_be_open() -> None:
    assert a_template().interval is None
    assert a_template(start="1940-01-01T00:00:00Z").interval is not None
