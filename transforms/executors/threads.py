"""The threads of this process: native code does nearly all of the work without the lock."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from transforms.executors.budget import threads_within
from transforms.writers.zarr import StorePlan, Written, carry_out, tasks


@dataclass(frozen=True, slots=True)
class Threads:
    """So many threads; 0 are as many as cores and the recipe's memory allow."""

    workers: int = 0

    def run(self, plan: StorePlan) -> Iterator[Written]:
        """Carry out all tasks; see ``Executor``."""
        with ThreadPoolExecutor(self.workers or threads_within(plan)) as pool:
            yield from pool.map(partial(carry_out, plan), tasks(plan))


THREADS = Threads()
"""As many threads as fit: what is right on one machine."""
