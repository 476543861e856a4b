"""The recipe of a collection."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from transforms.recipe import Recipe


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"codec": "lossy"},
        {"memory_mb": 8},
        {"chunks": {"time": 0}},
        {"chunks": {"t": 1}},
    ],
)
def test_what_does_not_work_is_not_offered(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(wrong)


def test_a_recipe_is_read_from_yaml_words() -> None:
    made = Recipe.model_validate({"codec": "fast", "variables": ["2t"], "chunks": {"time": 6}})

    assert (made.codec, made.variables, made.chunks.time) == ("fast", ("2t",), 6)


def test_times_of_a_growing_cube_are_utc_and_need_no_zone() -> None:
    growth = {"start": date(2024, 1, 1), "step": "PT6H", "end": "2024-03-01T02:00:00+02:00"}
    recipe = Recipe.model_validate({"layout": "cube", "growth": growth})

    assert recipe.growth is not None
    assert recipe.growth.start == datetime(2024, 1, 1, tzinfo=UTC)
    assert recipe.growth.end == datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"layout": "cube"}, "with `layout: cube` and nowhere else"),
        ({"growth": {"start": "2024-01-01", "step": "PT1H"}}, "came `layout: item` with growth"),
        ({"layout": "cube", "growth": {"start": "2024-01-01", "step": 0.5}}, "whole seconds"),
        (
            {"layout": "cube", "growth": {"start": "2024-01-01", "step": 1, "end": "2023-01-01"}},
            "end after start",
        ),
        (
            {"layout": "cube", "growth": {"start": "2024-01-01", "step": 1, "end": "2034-01-01"}},
            "at most 1000000 steps",
        ),
    ],
)
def test_a_growing_cube_that_cannot_be_is_refused(recipe: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Recipe.model_validate(recipe)
