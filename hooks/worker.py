"""A child process that runs workflows one after another, and is ended where one takes too long.

Workflows hold memory, may crash, and never end at times: none of that may reach the dispatcher.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Lock, Thread
from types import ModuleType, TracebackType
from typing import Self

from hooks.errors import WorkflowFailed
from hooks.workflows import load

_CALM_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Job:
    """A workflow's module, the item for it as JSON, and where its result goes."""

    module: str
    item: str
    into: Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the result is, or why there is none."""

    path: Path | None
    reason: str = ""


class Worker:
    """One child, started when it is first needed, and again after it was ended."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._child: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, job: Job, deadline_seconds: float) -> Path:
        """Run a job, after those before it, and return where its result is.

        Raises:
            WorkflowFailed: it ended in an error, or was ended: ``deadline_seconds`` were over.
        """
        with self._turn:
            outcome = self._outcome(job, deadline_seconds)
        if outcome.path is None:
            raise WorkflowFailed(f"{job.module}: {outcome.reason}")
        return outcome.path

    def close(self) -> None:
        """End the child; it is started again where it is needed again."""
        with self._turn:
            self._end(patience_seconds=_CALM_END_SECONDS)

    def _outcome(self, job: Job, deadline_seconds: float) -> Outcome:
        try:
            link = self._link()
            link.send(job)
            if link.poll(deadline_seconds):
                return _received(link)
            self._end()
            return Outcome(None, f"expected an end within {deadline_seconds:g} s; it was ended")
        except (EOFError, OSError):
            self._end()
            return Outcome(None, "its process died; look for memory and signals in the log")

    def _link(self) -> Connection:
        if self._child is None or not self._child[0].is_alive():
            ours, theirs = multiprocessing.Pipe()
            # spawned, since forking a process with threads may lock up its child
            started = multiprocessing.get_context("spawn").Process(
                target=_work, args=(theirs,), daemon=True
            )
            with _no_program():
                started.start()
            theirs.close()
            self._child = (started, ours)
        return self._child[1]

    def _end(self, patience_seconds: float = 0.0) -> None:
        if self._child is None:
            return
        process, link = self._child
        self._child = None
        link.close()  # a child without a job ends by itself, and tidies up
        process.join(patience_seconds)
        process.terminate()
        process.join(_CALM_END_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()


@contextmanager
def _no_program() -> Iterator[None]:
    """Let a spawned child not run its parent's program again: Airflow's fails within a task."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _received(link: Connection) -> Outcome:
    outcome = link.recv()
    if not isinstance(outcome, Outcome):
        raise TypeError(f"expected an Outcome from the worker, came {outcome!r}")
    return outcome


def _work(link: Connection) -> None:
    """Take jobs until the parent is gone; whoever interrupts the parent means the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_leave_with_the_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            link.send(_outcome_of(link.recv()))


def _leave_with_the_parent() -> None:
    """End amid a job where the parent dies: nobody waits for it, and others sweep its place."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _outcome_of(job: Job) -> Outcome:
    try:
        return Outcome(load(job.module)(job.item, job.into))
    except Exception as error:  # noqa: BLE001 - the boundary of a process: its report is this text
        return Outcome(None, f"{type(error).__name__}: {error}")
