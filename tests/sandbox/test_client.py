import json
import signal
from pathlib import Path

import httpx
import pytest

from sandbox.client import Sandbox, SandboxError


def digests(sandbox: Sandbox) -> set[str]:
    items = httpx.get(f"{sandbox.url}/stac/collections/files/items", trust_env=False).json()
    return {item["assets"]["data"]["file:checksum"] for item in items["features"]}


def test_the_same_seed_gives_the_same_bytes_in_any_process(sandbox: Sandbox) -> None:
    with Sandbox.start() as again:
        assert digests(again) == digests(sandbox)
    with Sandbox.start(seed=2) as other:
        assert not digests(other) & digests(sandbox)


def test_a_directory_is_served_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "fake.grib").write_text("this is no grib")
    with Sandbox.start(data=tmp_path / "data", arguments=("--page-cap", "1")) as sandbox:
        url = f"{sandbox.url}/stac/search"
        page = httpx.post(url, json={"collections": ["files"]}, trust_env=False).json()
        (tmp_path / "data" / "late.nc").write_bytes(b"x")
        later = httpx.post(url, json={"collections": ["files"]}, trust_env=False).json()

    assert page["features"][0]["assets"]["data"]["file:size"] == 15
    assert (later["numberMatched"], later["numberReturned"]) == (2, 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    sandbox = Sandbox.start(state_dir=tmp_path)
    state = json.loads((tmp_path / "sandbox.json").read_text())
    process = sandbox._process
    assert process is not None
    assert state == {"url": sandbox.url, "pid": process.pid}

    process.send_signal(number)

    assert process.wait(10) == 0
    assert not (tmp_path / "sandbox.json").exists()
    assert (tmp_path / "sandbox.log").read_text() == f"The sandbox answers at {sandbox.url}\n"
    sandbox.stop()


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="expected a directory"):
        Sandbox.start(data=tmp_path / "nowhere")
