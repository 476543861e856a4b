"""Processes of this machine."""

import signal

import pytest

from tests.contracts.executor import ExecutorContract
from tests.transforms.executors.readers import Damaged, Deadly, read_by
from transforms.errors import ConverterDied, UnreadableGranule
from transforms.executors.processes import Processes
from transforms.executors.protocol import Executor
from transforms.writers.zarr import StorePlan


class TestProcesses(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Executor:
        return Processes(2)


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
