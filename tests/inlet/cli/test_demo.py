"""The demonstration as a newcomer runs it: once, again, and over files of their own."""

from pathlib import Path

import pytest

from inlet import demo
from inlet.cli.app import app
from inlet.cli.boundary import Exit, answered
from tests.transforms.makers import a_file, a_message

NOTHING_NEW = "Nothing new: all that the providers have in this window is here."
COLUMNS = ("discovered", "landed", "converted", "judged", "published", "new")


def test_the_demo_is_whole_then_has_nothing_new_then_takes_files_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    windows = demo.WINDOWS
    own = tmp_path / "own"
    own.mkdir()
    a_file(own / "mine.grib", a_message())

    def run(collection: str, *more: str) -> tuple[int, str]:
        monkeypatch.setattr(demo, "WINDOWS", {collection: windows[collection]})
        monkeypatch.setattr("sys.argv", ["inlet", "demo", "--home", str(tmp_path / "demo"), *more])
        return answered(app), capsys.readouterr().out

    first, again, mine = run("sst"), run("sst"), run("files", "--data", str(own))

    assert [code for code, _ in (first, again, mine)] == [Exit.DONE] * 3, mine[1]
    assert counts(first[1], "sst") == dict.fromkeys(COLUMNS, 2)
    assert NOTHING_NEW not in first[1]
    assert counts(again[1], "sst") == counts(first[1], "sst") | {"new": 0}
    assert NOTHING_NEW in again[1]
    assert counts(mine[1], "files") == dict.fromkeys(COLUMNS, 1)
    assert "left out" not in mine[1]


def counts(printed: str, collection: str) -> dict[str, int]:
    """Return a collection's row of the table that the demo prints."""
    row = next(line.split() for line in printed.splitlines() if line.startswith(collection))
    return dict(zip(COLUMNS, map(int, row[1:]), strict=True))
