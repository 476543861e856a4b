from dataclasses import replace
from pathlib import Path

import pytest

from harvesters.carriage import partials
from harvesters.gateway import Remote

REMOTE = Remote("https://h/a?signature=1", "a", size=10)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "0000"
    made.write_bytes(b"begun")
    return made


def test_a_beginning_is_found_by_whoever_asks_for_the_same(file: Path) -> None:
    begun = replace(partials.begin(REMOTE), validator='"v"', total=10)
    begun.save(file)

    other_signature = replace(REMOTE, url="https://h/a?signature=2")
    assert partials.find(file, other_signature, is_provable=False) == begun


@pytest.mark.parametrize(
    "other",
    [replace(REMOTE, url="https://h/b"), replace(REMOTE, size=11), replace(REMOTE, checksum="a")],
)
def test_a_beginning_of_something_else_is_none(file: Path, other: Remote) -> None:
    replace(partials.begin(REMOTE), validator='"v"').save(file)

    assert partials.find(file, other, is_provable=True) is None


def test_without_a_validator_only_a_checksum_makes_a_beginning_worth_keeping(file: Path) -> None:
    partials.begin(REMOTE).save(file)

    assert partials.find(file, REMOTE, is_provable=False) is None
    assert partials.find(file, REMOTE, is_provable=True) is not None


def test_what_was_written_before_the_machine_went_down_needs_a_checksum(file: Path) -> None:
    replace(partials.begin(REMOTE), validator='"v"', boot="another").save(file)

    assert partials.find(file, REMOTE, is_provable=False) is None
    assert partials.find(file, REMOTE, is_provable=True) is not None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', "null"])
def test_a_torn_note_is_none(file: Path, text: str) -> None:
    file.with_name("0000.json").write_text(text)

    assert partials.find(file, REMOTE, is_provable=True) is None


def test_a_note_holds_no_secret(file: Path) -> None:
    partials.begin(REMOTE).save(file)

    assert "signature" not in file.with_name("0000.json").read_text()


def test_what_is_forgotten_is_gone(file: Path) -> None:
    partials.begin(REMOTE).save(file)
    partials.forget(file)

    assert list(file.parent.iterdir()) == []
