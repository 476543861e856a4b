import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lake.partials import Partials, empty

HOLD = """
import sys, time
from pathlib import Path
from lake.partials import Partials
with Partials(Path(sys.argv[1])).held("a") as path:
    (path / "f").write_text("left")
    print("held", flush=True)
    time.sleep(60)
"""


def holding(root: Path) -> "subprocess.Popen[bytes]":
    """Start a process that holds ``a``."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_what_is_left_is_found_again(tmp_path: Path) -> None:
    with Partials(tmp_path / "p").held("a") as path:
        (path / "f").write_text("left")

    with Partials(tmp_path / "p").held("a") as path:
        assert (path / "f").read_text() == "left"


def test_what_is_emptied_is_gone(tmp_path: Path) -> None:
    with Partials(tmp_path).held("a") as path:
        (path / "f").write_text("left")
        empty(path)

    assert list(tmp_path.iterdir()) == []


def test_two_processes_never_have_the_same_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    other = holding(tmp_path)
    try:
        with Partials(tmp_path).held("a") as fresh:
            assert list(fresh.iterdir()) == []
        assert not fresh.exists()
    finally:
        other.kill()
        other.wait()

    with Partials(tmp_path).held("a") as path:
        assert (path / "f").read_text() == "left"


def test_the_old_is_swept_and_what_is_held_stays(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    partials = Partials(tmp_path)
    for name in ("old", "held", "young"):
        with partials.held(name) as path:
            (path / "f").write_text("left")
    for name in ("old", "held"):
        for touched in (tmp_path / name / "f", tmp_path / name):
            os.utime(touched, (0, 0))

    with partials.held("held"):
        assert partials.sweep(now, longest_kept=timedelta(days=1)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["held", "young"]


def test_of_too_much_the_oldest_goes(tmp_path: Path) -> None:
    partials = Partials(tmp_path)
    for age, name in enumerate(("young", "older", "oldest")):
        with partials.held(name) as path:
            (path / "f").write_bytes(bytes(200_000))
        for touched in (tmp_path / name / "f", tmp_path / name):
            os.utime(touched, (1e9 - age, 1e9 - age))

    now = datetime.fromtimestamp(1e9, UTC)
    assert partials.sweep(now, most_bytes=450_000) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["older", "young"]


def test_sweeping_where_nothing_is_is_no_error(tmp_path: Path) -> None:
    assert Partials(tmp_path / "none").sweep(datetime.now(UTC)) == 0
