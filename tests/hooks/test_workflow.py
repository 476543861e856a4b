from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.cloudevents import CloudEvent
from hooks.errors import BadTarget
from hooks.targets import Target
from hooks.worker import Worker
from hooks.workflow import WorkflowTarget, WorkflowTargets
from hooks.workflows import WORKFLOWS, load
from tests.contracts.target import TargetContract
from tests.hooks.makers import a_subscription


@pytest.fixture
def worker() -> Iterator[Worker]:
    with Worker() as running:
        yield running


class TestWorkflowTarget(TargetContract):
    @pytest.fixture
    def target(self, tmp_path: Path, worker: Worker) -> Target:
        return WorkflowTarget("copies", "tests.hooks.samples.copies", tmp_path, worker)

    @pytest.fixture
    def broken(self, tmp_path: Path, worker: Worker) -> Target:
        return WorkflowTarget("fails", "tests.hooks.samples.fails", tmp_path, worker)

    def test_the_result_lies_under_workflow_collection_item_and_event(
        self, target: Target, event: CloudEvent, tmp_path: Path
    ) -> None:
        path = Path(target.deliver(event))

        assert path.read_text() == event.signal.data
        folders = ("copies", "era5", "era5-20240101", event.signal.id)
        assert path.relative_to(tmp_path).parts[:-1] == folders


def test_a_workflow_that_is_not_registered_is_refused(tmp_path: Path, worker: Worker) -> None:
    with pytest.raises(BadTarget, match="quicklook"):
        WorkflowTargets(tmp_path, worker)(a_subscription(target="shutil.rmtree"))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_registered_workflow_is_there(name: str) -> None:
    assert callable(load(WORKFLOWS[name]))
