"""Conversion in a process of its own: native decoders may crash or hang there, and harm nobody."""

import atexit
import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

import structlog

from transforms.convert import Conversion
from transforms.deaths import death
from transforms.errors import (
    ConversionTimedOut,
    ConverterDied,
    TransformError,
    UnreadableGranule,
)
from transforms.executors.protocol import Executor
from transforms.executors.threads import THREADS
from transforms.granules import LocalGranule
from transforms.recipe import Recipe
from transforms.worker import Answer, Request, receive, send

DEADLINE_SECONDS = 900.0
END_SECONDS = 15.0
MEMORY_BYTES = 8 << 30

log = structlog.get_logger(__name__)


class IsolatedConverter:
    """Keeps one converting process, and replaces it only when it dies.

    One conversion runs at a time; callers that want several at once keep several of these.
    """

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def convert(
        self,
        granules: Sequence[LocalGranule],
        recipe: Recipe,
        into: str,
        options: Mapping[str, Any] | None = None,
        *,
        executor: Executor = THREADS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> Conversion:
        """Convert as ``transforms.convert.convert`` does, and raise what it raises.

        Raises:
            UnreadableGranule: also where the bytes made the decoder crash, or run in circles.
            ConversionTimedOut: the deadline passed.
            ExecutorUnavailable: there is nobody to carry out the plan.
            MemoryExhausted: the conversion needed more memory than it may use.
            ConverterDied: the process was ended from outside.
            ConverterFailed: the converter has a defect.
        """
        request = Request(tuple(granules), recipe, into, dict(options or {}), executor)
        with self._lock:
            found = self._ask(request, deadline_seconds)
        if isinstance(found, TransformError):
            raise found
        return found

    def end(self) -> None:
        """Let the process end, with the clusters that it made; one that does not is killed."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError, subprocess.TimeoutExpired):
                self._process.stdin.close()
                self._process.wait(END_SECONDS)
        self.close()

    def close(self) -> None:
        """Kill the process, if there is one, and whoever works for it."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _ask(self, request: Request, deadline_seconds: float) -> Answer:
        """Ask the process; one that served before may have died of something else: ask anew."""
        served = self._process
        if served is not None:
            try:
                return self._answer(served, request, deadline_seconds)
            except (EOFError, BrokenPipeError):
                self.close()
        fresh = self._process = self._started()
        try:
            return self._answer(fresh, request, deadline_seconds)
        except (EOFError, BrokenPipeError):
            raise self._post_mortem(fresh, request) from None

    def _answer(
        self, process: subprocess.Popen[bytes], request: Request, deadline_seconds: float
    ) -> Answer:
        if process.stdin is None or process.stdout is None:
            raise ConverterDied("expected pipes to the converting process, came none; run again")
        send(process.stdin, request)
        self._wait(process.stdout, deadline_seconds)
        found: Answer = receive(process.stdout)
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        code = "from transforms.worker import main; main()"
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-c", code, str(self._memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        log.debug("converting process was started", pid=process.pid)
        return process

    def _wait(self, answers: IO[bytes], deadline_seconds: float) -> None:
        """Wait until the answer begins, or the process is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(answers, selectors.EVENT_READ)
            if selector.select(deadline_seconds):
                return
        self.close()
        raise ConversionTimedOut(
            f"expected a cube within {deadline_seconds:g} s, came none; the process was"
            " ended; raise the deadline, or cut the granules smaller"
        )

    def _post_mortem(self, process: subprocess.Popen[bytes], request: Request) -> TransformError:
        self.close()
        names = ", ".join(granule.label for granule in request.granules)
        if -process.returncode == signal.SIGPROF:
            return UnreadableGranule(
                f"expected to find out what {names} hold within the time for it, came no end: the"
                " decoder runs in circles over these bytes; fetch the granule again"
            )
        return death([process.returncode], names)


_shared: dict[int, IsolatedConverter] = {}


def convert_isolated(
    granules: Sequence[LocalGranule],
    recipe: Recipe,
    into: str,
    options: Mapping[str, Any] | None = None,
    *,
    executor: Executor = THREADS,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Conversion:
    """Convert in the one process that this program keeps for it; see ``IsolatedConverter``."""
    # A forked child must not talk through its parent's pipes: each program has its own
    converter = _shared.get(os.getpid())
    if converter is None:
        converter = _shared.setdefault(os.getpid(), IsolatedConverter())
        atexit.register(converter.end)
    return converter.convert(
        granules, recipe, into, options, executor=executor, deadline_seconds=deadline_seconds
    )
