"""Processes of this machine, for sources whose library holds a lock while it reads."""

import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process

from transforms.deaths import death
from transforms.executors.budget import threads_within
from transforms.writers.zarr import ShardTask, StorePlan, Written, carry_out, tasks

_taken_in: list[StorePlan] = []
"""In a worker: the plan that it works for."""


@dataclass(frozen=True, slots=True)
class Processes:
    """So many processes; 0 are as many as threads would be. Each is an interpreter more."""

    workers: int = 0

    def run(self, plan: StorePlan) -> Iterator[Written]:
        """Carry out all tasks; see ``Executor``."""
        # The server imports once; what it forks has no threads of ours, and is there at once
        context = get_context("forkserver")
        context.set_forkserver_preload(["transforms.convert"])
        count = self.workers or threads_within(plan)
        try:
            # The server has the environment in which it began: keys to S3 may have come since
            taken = (plan, dict(os.environ))
            with ProcessPoolExecutor(count, context, _take_in, taken) as pool:
                found = pool.map(_carried_out, tasks(plan))
                workers = active_children()
                yield from found
        except BrokenProcessPool:
            codes = [worker.exitcode for worker in workers]
            raise death([code for code in codes if code], "the granules") from None


def _take_in(plan: StorePlan, environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    _taken_in.append(plan)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    """End this process once its parent is gone: nobody else may find it writing."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _carried_out(task: ShardTask) -> Written:
    return carry_out(_taken_in[-1], task)
