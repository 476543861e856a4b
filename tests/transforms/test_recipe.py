"""The recipe of a collection."""

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
