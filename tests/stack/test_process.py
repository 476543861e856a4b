"""Processes that outlive the command which started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inlet.stack.process import Process

PATIENCE = 5.0


@pytest.fixture
def process(tmp_path: Path) -> Process:
    return Process(tmp_path / "it.pid", tmp_path / "it.log")


def start(process: Process, *command: str) -> None:
    process.start(command, os.environ, process.log.parent)


def test_it_runs_until_it_is_stopped(process: Process) -> None:
    start(process, "sleep", "60")

    assert process.is_running

    process.stop(signal.SIGTERM, PATIENCE)
    assert not process.is_running
    assert not process.pid_file.exists()


def test_another_process_that_got_its_pid_is_left_alone(process: Process) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        process.pid_file.write_text(f"{other.pid} 1\n")

        assert not process.is_running
        process.stop(signal.SIGTERM, PATIENCE)
        assert other.poll() is None
        other.kill()


def test_what_a_killed_one_left_behind_is_ended_with_it(process: Process) -> None:
    child = process.log.parent / "child"
    start(process, "bash", "-c", f"sleep 60 & echo $! > {child}; wait")
    while not child.exists() or not child.read_text().strip():
        time.sleep(0.01)
    os.kill(int(process.pid_file.read_text().split()[0]), signal.SIGKILL)
    while process.is_running:
        time.sleep(0.01)

    process.stop(signal.SIGTERM, PATIENCE)

    state = Path(f"/proc/{child.read_text().strip()}/status")
    assert not state.exists() or "Z (zombie)" in state.read_text()


def test_one_that_does_not_listen_is_killed(process: Process) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf')"
    start(process, sys.executable, "-u", "-c", f"{deaf}; time.sleep(60)")
    while "deaf" not in process.log.read_text():
        time.sleep(0.01)

    process.stop(signal.SIGTERM, 0.2)

    assert not process.is_running


def test_what_was_never_started_is_stopped_without_ado(process: Process) -> None:
    process.stop(signal.SIGTERM, PATIENCE)

    assert not process.is_running


def test_what_it_says_is_in_its_log(process: Process) -> None:
    start(process, "bash", "-c", "echo out; echo err >&2")
    while process.is_running:
        time.sleep(0.01)

    assert process.log.read_text() == "out\nerr\n"
