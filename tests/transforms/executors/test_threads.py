"""The threads of this process."""

from pathlib import Path

import pytest

from tests.contracts.executor import ExecutorContract, a_granule, a_plan
from tests.transforms.executors.readers import Damaged, read_by
from transforms.errors import UnreadableGranule
from transforms.executors.protocol import Executor
from transforms.executors.threads import THREADS
from transforms.writers.zarr import begin


class TestThreads(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Executor:
        return THREADS


def test_what_a_task_raises_is_raised(tmp_path: Path) -> None:
    plan = read_by(a_plan(a_granule(tmp_path), str(tmp_path / "cube")), Damaged())
    begin(plan)

    with pytest.raises(UnreadableGranule, match="came noise"):
        list(THREADS.run(plan))
