"""The error tree."""

import inspect
import pickle

import pytest

from transforms import errors
from transforms.errors import TransformError

ALL = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if issubclass(thing, TransformError)
]


@pytest.mark.parametrize("error", ALL)
def test_every_error_is_drawn_says_a_sentence_and_crosses_processes(
    error: type[TransformError],
) -> None:
    assert error is TransformError or error.__name__ in str(errors.__doc__)
    assert str(error.__doc__).strip().endswith(".")
    assert str(pickle.loads(pickle.dumps(error("expected, came, do")))) == "expected, came, do"  # noqa: S301 - our own bytes
