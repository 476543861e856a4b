"""The threads of this process."""

import pytest

from tests.contracts.executor import ExecutorContract
from tests.transforms.executors.readers import Damaged, read_by
from transforms.errors import UnreadableGranule
from transforms.executors.protocol import Executor
from transforms.executors.threads import THREADS
from transforms.writers.zarr import StorePlan


class TestThreads(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Executor:
        return THREADS


def test_what_a_task_raises_is_raised(plan: StorePlan) -> None:
    with pytest.raises(UnreadableGranule, match="came noise"):
        list(THREADS.run(read_by(plan, Damaged())))
