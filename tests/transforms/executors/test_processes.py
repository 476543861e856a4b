"""Processes of this machine."""

import signal
from multiprocessing import forkserver
from pathlib import Path

import pytest

from tests.contracts.executor import ExecutorContract, a_granule, a_plan
from tests.s3 import S3
from tests.transforms.executors.readers import Damaged, Deadly, read_by
from transforms.errors import ConverterDied, UnreadableGranule
from transforms.executors.processes import Processes
from transforms.executors.protocol import Executor
from transforms.writers.zarr import StorePlan, begin, finish


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Executor:
        return Processes(2)


def test_keys_that_came_after_its_server_are_known(
    plan: StorePlan, tmp_path: Path, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    with monkeypatch.context() as before:
        for name in s3.environment:
            before.delenv(name)
        list(Processes(1).run(plan))
    other = a_plan(a_granule(tmp_path), f"{s3.bucket()}/cube.zarr")
    begin(other)

    assert finish(other, Processes(1).run(other)) == other.target.seal()


def test_what_a_task_raises_is_raised(plan: StorePlan) -> None:
    with pytest.raises(UnreadableGranule, match="came noise"):
        list(Processes(2).run(read_by(plan, Damaged())))


@pytest.mark.parametrize(
    ("death", "error"),
    [
        (signal.SIGSEGV, UnreadableGranule),
        (signal.SIGABRT, UnreadableGranule),
        (signal.SIGKILL, ConverterDied),
    ],
)
def test_a_process_that_dies_of_the_bytes_blames_the_bytes(
    death: int, error: type[Exception], plan: StorePlan
) -> None:
    with pytest.raises(error):
        list(Processes(2).run(read_by(plan, Deadly(int(death)))))
