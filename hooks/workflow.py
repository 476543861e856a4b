"""Workflows as targets: an item in, a file among the results out."""

from dataclasses import dataclass
from pathlib import Path

from catalog.cloudevents import CloudEvent
from catalog.tree import file_name
from hooks.worker import Job, Worker
from hooks.workflows import module_of
from lake.ledger.deliveries import Subscription

DEADLINE_SECONDS = 600.0  # below the lease of a delivery, so that no second one starts meanwhile


@dataclass(frozen=True, slots=True)
class WorkflowTarget:
    """One workflow; results lie at ``<results>/<workflow>/<collection>/<key>/<event id>/``."""

    name: str
    module: str
    results: Path
    worker: Worker
    deadline_seconds: float = DEADLINE_SECONDS

    def deliver(self, event: CloudEvent) -> str:
        """Run the workflow over the event's item and return the path of its result.

        The same event again writes to the same place.

        Raises:
            WorkflowFailed: it ended in an error, or not within its deadline.
        """
        collection, _, key = event.signal.subject.partition("/")
        into = self.results / self.name / file_name(collection) / file_name(key) / event.signal.id
        into.mkdir(parents=True, exist_ok=True)
        job = Job(self.module, event.signal.data, into)
        return str(self.worker.run(job, self.deadline_seconds))


@dataclass(frozen=True, slots=True)
class WorkflowTargets:
    """Opens workflows by name; they share one worker."""

    results: Path
    worker: Worker
    deadline_seconds: float = DEADLINE_SECONDS

    def __call__(self, wanted: Subscription) -> WorkflowTarget:
        """Return the workflow that a subscription names."""
        module = module_of(wanted.target)
        return WorkflowTarget(
            wanted.target, module, self.results, self.worker, self.deadline_seconds
        )
