"""What is read quickly is what ruamel reads; what may be read differently is left to it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from inlet import quick_yaml
from inlet.settings import Settings

FILES = sorted(Settings().portfolio_root.glob("*/*.yaml"))


def slowly(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_of_the_portfolio_is_read_the_same(file: Path) -> None:
    assert quick_yaml.read(file.read_text()) == slowly(file.read_text())


@given(st.text("0123456789-+.:_eExoyesnfalTrue~ ", max_size=12))
def test_no_word_is_read_differently(word: str) -> None:
    text = f"a: {word}"
    quick = quick_yaml.read(text)
    if quick is None:
        return
    try:
        same = slowly(text)
    except (YAMLError, ValueError) as error:
        pytest.fail(f"{word!r} was read as {quick}, ruamel says {error}")

    assert quick == same
    assert type(quick["a"]) is type(same["a"])


@pytest.mark.parametrize("text", ["a: 1\na: 2", "- a", "a: 2024-01-01", "a: 012", "a: [", "1: a"])
def test_doubts_are_left_to_others(text: str) -> None:
    assert quick_yaml.read(text) is None
