import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.errors import WorkflowFailed
from hooks.worker import Job, Worker

LONG = 60.0


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as running:
        yield running


def a_job(sample: str, into: Path) -> Job:
    return Job(f"tests.hooks.samples.{sample}", "{}", into)


def test_one_child_runs_one_job_after_another(worker: Worker, tmp_path: Path) -> None:
    pids = []
    for _ in range(2):
        worker.run(a_job("copies", tmp_path), LONG)
        pids.append((tmp_path / "pid").read_text())

    assert len(set(pids)) == 1


@pytest.mark.parametrize(
    ("sample", "deadline_seconds", "reason"),
    [
        ("fails", LONG, "ValueError: no variable to draw"),
        ("dies", LONG, "its process died"),
        ("hangs", 0.5, "within 0.5 s"),
        ("nowhere", LONG, "ModuleNotFoundError"),
    ],
)
def test_a_bad_job_says_why_and_harms_no_later_one(
    worker: Worker, tmp_path: Path, sample: str, deadline_seconds: float, reason: str
) -> None:
    with pytest.raises(WorkflowFailed, match=reason):
        worker.run(a_job(sample, tmp_path), deadline_seconds)

    assert worker.run(a_job("copies", tmp_path), LONG) == tmp_path / "item.json"


def test_a_child_amid_a_job_ends_with_its_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-m", "tests.hooks.samples.parent", str(tmp_path)])
    pid = tmp_path / "pid"
    while not pid.exists() or not pid.read_text():
        time.sleep(0.05)

    parent.kill()
    parent.wait()

    while Path("/proc", pid.read_text()).exists():
        time.sleep(0.05)


def test_a_child_does_not_run_its_parents_program_again(tmp_path: Path) -> None:
    """Airflow's program cannot be run within a task, where every picture is drawn."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys; assert __name__ == '__main__', 'it was run again'\n"
        "from pathlib import Path\n"
        "from hooks.worker import Job, Worker\n"
        "with Worker() as worker:\n"
        "    worker.run(Job('tests.hooks.samples.copies', '{}', Path(sys.argv[1])), 60)\n"
    )

    subprocess.run(
        [sys.executable, program, tmp_path], check=True, env=os.environ | {"PYTHONPATH": "."}
    )

    assert (tmp_path / "item.json").exists()
