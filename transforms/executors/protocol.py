"""The seam between a plan and those who carry it out."""

from collections.abc import Iterator
from typing import Protocol

from transforms.writers.zarr import StorePlan, Written


class Executor(Protocol):
    """Carries out a plan that has begun. It is plain data, so that it can be sent."""

    def run(self, plan: StorePlan) -> Iterator[Written]:
        """Carry out all tasks, and yield what each did in the order of ``zarr.tasks``.

        Raises:
            UnreadableGranule: a field cannot be decoded, or its decoder died of it.
            ExecutorUnavailable: there is nobody who could do it, or they lack what it takes.
            ConverterDied: who did it was ended from outside.
        """
        ...
