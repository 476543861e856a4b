"""The workers of a Dask cluster: the same tasks, on this machine or on many."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lake import objects
from transforms.errors import ConverterDied, ExecutorUnavailable
from transforms.executors import clusters
from transforms.writers.zarr import ShardTask, StorePlan, Written, carry_out, tasks

LONGEST_WAIT_SECONDS = 300.0
"""For the first worker: queues take their time."""
LOOK_EVERY_SECONDS, LONGEST_ABSENCE_SECONDS = 10.0, 60.0
"""How often a task that is not done has its workers looked for, and how long all may be gone."""


@dataclass(frozen=True, slots=True)
class Dask:
    """A cluster by ``where`` it is and its number of ``workers``; see ``clusters.client``.

    Workers read granules and write the store by the paths and URLs that this process has.
    """

    where: str = clusters.LOCAL
    workers: int = 0

    def run(self, plan: StorePlan) -> Iterator[Written]:
        """Carry out all tasks; see ``Executor``. A worker that is lost has its tasks repeated."""
        client = clusters.client(self.where, self.workers)
        if not _has_workers(client, LONGEST_WAIT_SECONDS):
            raise ExecutorUnavailable(
                f"expected a worker of {self.where} within {LONGEST_WAIT_SECONDS:g} s, came none;"
                " look at its queue and at its workers' logs, or wait: it is tried again"
            )
        with _blaming(self.where, plan):
            # As a task, not as scattered data: what a lost worker held is made anew
            sent = client.submit(_the_same, plan, pure=False)
            futures = client.map(_carried_out, tasks(plan), plan=sent, pure=False)
            try:
                for future in futures:
                    yield _done(client, future)
            finally:
                client.cancel(futures)


class _Deserted(Exception):
    """All workers are gone. A worker of Dask 2026.8 that dies as it starts is not replaced."""


def _done(client: Any, future: Any) -> Written:  # noqa: ANN401 - Dask may not be there
    """Wait for a task as long as there is somebody to do it."""
    from distributed import wait  # noqa: PLC0415 - an extra

    while not future.done():
        try:
            with client.as_current():
                wait(future, timeout=LOOK_EVERY_SECONDS)
        except TimeoutError:
            if not _has_workers(client, LONGEST_ABSENCE_SECONDS):
                raise _Deserted from None
    done: Written = future.result()
    return done


def _has_workers(client: Any, patience_seconds: float) -> bool:  # noqa: ANN401 - as above
    try:
        client.wait_for_workers(1, timeout=patience_seconds)
    except TimeoutError:
        return False
    return True


def _the_same(plan: StorePlan) -> StorePlan:
    return plan


def _carried_out(task: ShardTask, plan: StorePlan) -> Written:
    """Carry out a task where its store has begun: elsewhere it would be written for nobody."""
    location = plan.target.location
    if "://" not in location and not Path(location, "zarr.json").exists():
        raise FileNotFoundError(errno.ENOENT, "this worker does not see the store", location)
    with objects.reached(location):
        return carry_out(plan, task)


@contextmanager
def _blaming(where: str, plan: StorePlan) -> Iterator[None]:
    from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an extra

    try:
        yield
    except _Deserted as error:
        clusters.close()  # so that the next plan finds another one
        raise ConverterDied(
            f"expected the workers of {where} to live, all are gone and none came back within"
            f" {LONGEST_ABSENCE_SECONDS:g} s; look into their logs: the memory that they have, or"
            " bytes that the decoder died of"
        ) from error
    except KilledWorker as error:
        raise ConverterDied(
            f"expected the workers of {where} to live, came {error}; look into their logs: the"
            " memory that they have, or bytes that the decoder died of"
        ) from error
    except CancelledError as error:
        raise ConverterDied(
            f"expected the scheduler of {where} to live, came {error!r}; run again"
        ) from error
    except OSError as error:
        raise ExecutorUnavailable(
            f"expected workers of {where} that read the granules and write"
            f" {plan.target.location}, came {error!r}; give INLET_HOME, INLET_LAKE and TMPDIR"
            " places that every worker sees under the same name, and the workers the keys to S3"
        ) from error
