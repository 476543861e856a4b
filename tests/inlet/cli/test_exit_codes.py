"""Bad input, and what the command answers: one line, a record that status lists, an exit code."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from inlet.cli.app import app
from inlet.cli.boundary import Exit, answered
from sandbox.client import Sandbox
from tests.transforms.makers import a_file, a_message, a_netcdf

EVER = ("--start", "1970-01-01", "--end", "2100-01-01")
A_DAY = ("--start", "2024-01-01", "--end", "2024-01-02")
A_DAY_BEFORE_ALL = ("--start", "1900-01-01", "--end", "1900-01-02")
A_TRACE = "Traceback"

Say = Callable[..., tuple[int, str]]


@dataclass(frozen=True)
class Bad:
    """A file that is none, the state in which it ends, and what the reason must say."""

    make: Callable[[Path], object]
    state: str
    reason: str


def cut(path: Path, whole: Path, share: float) -> None:
    content = whole.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def half_a_netcdf(path: Path) -> None:
    cut(path, a_netcdf(path.with_name("whole.bin")).path, 0.5)


BAD = {
    "truncated.grib": Bad(
        lambda path: path.write_bytes(a_message()[:-40]), "failed", "the file's own account"
    ),
    "text.grib": Bad(lambda path: path.write_text("Not found\n"), "failed", "came text/plain"),
    "page.nc": Bad(lambda path: path.write_text("<html>gone</html>"), "failed", "text/html"),
    "empty.grib": Bad(lambda path: path.write_bytes(b""), "failed", "came application/x-empty"),
    "half.nc": Bad(half_a_netcdf, "failed", "the file's own account"),
    "junk-behind.grib": Bad(
        lambda path: path.write_bytes(a_message() + b"junk" * 20), "invalid", "that are neither"
    ),
}


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of bad files, and a good one beside them."""
    place = tmp_path_factory.mktemp("bad")
    for name, bad in BAD.items():
        bad.make(place / name)
    a_file(place / "good.grib", a_message())
    return place


@pytest.fixture(scope="module")
def provider(bad_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    state = tmp_path_factory.mktemp("sandbox")
    with Sandbox.start(state_dir=state, arguments=("--data", str(bad_files))) as running:
        yield running


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Say something to the command; get its exit code, and all that it printed."""

    def said(home: Path, url: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("INLET_HOME", str(home))
        monkeypatch.setenv("INLET_SANDBOX_URL", url)
        monkeypatch.setattr("sys.argv", ["inlet", *words])
        code = answered(app)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return said


def test_bad_files_are_listed_with_the_reason_and_spoil_no_good_one(
    tmp_path: Path, provider: Sandbox, say: Say
) -> None:
    code, printed = say(tmp_path, provider.url, "harvest", "files", *EVER)
    _, told = say(tmp_path, provider.url, "status", "files", "--json")
    status = json.loads(told)
    troubles = {t["name"].partition("/")[0]: t for t in status["troubles"]}

    assert code == Exit.LEFT_OUT
    assert f"1 published, {len(BAD)} left out" in printed
    assert A_TRACE not in printed
    assert status["progress"][0]["published"] == 1
    for name, bad in BAD.items():
        assert troubles[name]["state"] == bad.state, name
        assert bad.reason in troubles[name]["reason"], name
    assert set(troubles) == set(BAD)


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("harvest", "sst", *A_DAY_BEFORE_ALL), Exit.NOTHING_THERE, "has nothing in this window"),
        (("harvest", "sea", *A_DAY), Exit.WRONG_REQUEST, "expected one of climate-dt, era5"),
        (
            ("harvest", "sst", "--start", "today", "--end", "2024-01-02"),
            Exit.WRONG_REQUEST,
            "today",
        ),
        (("harvest", "sst", "--start", "2024-01-02"), Exit.WRONG_REQUEST, "give both"),
        (
            ("harvest", "sst", "--start", "2024-01-02", "--end", "2024-01-01"),
            Exit.WRONG_REQUEST,
            "before",
        ),
        (("harvest", "sst", "--begin", "2024-01-01"), Exit.WRONG_REQUEST, "No such option"),
        (("harves", "sst"), Exit.WRONG_REQUEST, "No such command"),
        (("census", "sst", "--since", "yesterday"), Exit.WRONG_REQUEST, "yesterday"),
        (("census", "sea"), Exit.WRONG_REQUEST, "expected one of climate-dt, era5"),
        (("status", "sea"), Exit.WRONG_REQUEST, "expected one of climate-dt, era5"),
        (("cursor", "set", "sst", "--to", "soon"), Exit.WRONG_REQUEST, "soon"),
        (
            ("catalog", "search", "--bbox", "1,2"),
            Exit.WRONG_REQUEST,
            "expected west,south,east,north",
        ),
        (("catalog", "search", "sst"), Exit.NOTHING_THERE, "Items"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else None,
)
def test_a_request_that_cannot_be_done_is_answered_by_a_line_and_a_code(
    tmp_path: Path, sandbox: Sandbox, say: Say, words: tuple[str, ...], code: Exit, line: str
) -> None:
    left, printed = say(tmp_path, sandbox.url, *words)

    assert (left, A_TRACE in printed) == (code, False), printed
    assert line in " ".join(printed.split())


def test_a_provider_that_is_not_there_is_named_and_recorded(tmp_path: Path, say: Say) -> None:
    nowhere = "http://127.0.0.1:9"
    code, printed = say(tmp_path, nowhere, "harvest", "sst", *A_DAY)
    _, told = say(tmp_path, nowhere, "status", "sst")

    assert code == Exit.IMPOSSIBLE
    assert printed.splitlines()[-1].startswith("inlet: sandbox_stac: expected an answer from")
    assert A_TRACE not in printed
    assert "ProviderUnreachable" in told
    assert "Nothing that was found has been left out" not in told


@pytest.mark.parametrize(
    ("file", "written", "line"),
    [
        ("collections/sst.yaml", "id: sst\nsurces: []\n", "unknown key 'surces'"),
        ("collections/sst.yaml", "id: [sst\n", "check indentation"),
        ("providers/sandbox_stac.yaml", "id: sandbox_stac\ntitle: a\nstmp: b\n", "did you mean"),
    ],
)
def test_a_wrong_file_is_named_with_line_and_remedy(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch, file: str, written: str, line: str
) -> None:
    for kind in ("collections", "providers"):
        (tmp_path / kind).mkdir()
    (tmp_path / file).write_text(written)
    monkeypatch.setenv("INLET_PORTFOLIO", str(tmp_path))
    code, printed = say(tmp_path / "home", "http://127.0.0.1:9", "portfolio", "check")

    assert code == Exit.IMPOSSIBLE
    assert f"{file}:" in printed
    assert line in printed
