"""The sandbox as a process: started, waited for, stopped by pid. Never imported."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inlet.errors import SandboxSilent

COMMAND = ("-m", "sandbox")
_PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.1


@contextmanager
def running(directory: Path, data: Path | None = None) -> Iterator[str]:
    """Give the URL of a sandbox that runs while the ``with`` lasts.

    It comes back on the port that it had in ``directory`` before, so that links which the
    ledger remembers stay good.

    Raises:
        SandboxSilent: it ended or did not answer in time; its log is named.
    """
    directory.mkdir(parents=True, exist_ok=True)
    state, log = directory / "sandbox.json", directory / "sandbox.log"
    arguments = ["--port", str(_retired(state)), "--state", str(state)]
    if data is not None:
        arguments += ["--data", str(data)]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, *COMMAND, *arguments], stdout=output, stderr=output
        )
    try:
        yield _answering(process, state, log)
    finally:
        process.terminate()
        process.wait()


def _retired(state: Path) -> int:
    """Stop a sandbox that a killed run left behind; return the port it had, 0 where none did."""
    if not state.exists():
        return 0
    former = json.loads(state.read_text())
    state.unlink()
    command = Path(f"/proc/{former['pid']}/cmdline")
    if command.exists() and b"sandbox" in command.read_bytes():
        os.kill(former["pid"], signal.SIGTERM)
        while command.exists():
            time.sleep(_LOOK_EVERY_SECONDS)
    return int(former["url"].rpartition(":")[2])


def _answering(process: subprocess.Popen[bytes], state: Path, log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if state.exists():
            return str(json.loads(state.read_text())["url"])
        time.sleep(_LOOK_EVERY_SECONDS)
    raise SandboxSilent(f"expected the sandbox to answer, it did not; look into {log}")
