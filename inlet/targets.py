"""Where this house's signals may go: webhooks, and workflows in a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager

from hooks.secrets import from_environment
from hooks.targets import Targets, TargetsByKind
from hooks.webhook import Webhooks
from hooks.worker import Worker
from hooks.workflow import WorkflowTargets
from inlet.house import House


@contextmanager
def opened(house: House) -> Iterator[Targets]:
    """Give the targets while the ``with`` lasts; the workflows' process ends with it."""
    settings = house.settings
    with Worker() as worker:
        yield TargetsByKind(
            {
                "webhook": Webhooks(from_environment, house.ledger.clock, settings.hook_hosts),
                "workflow": WorkflowTargets(settings.results_root, worker),
            }
        )
