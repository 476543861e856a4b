"""The process in which granules are decoded, so that a crash of native code stays its own.

Requests and answers are pickles between a parent and its own child, on pipes that nobody else can
write to: the length in eight bytes, then the pickle.
"""

import logging
import os
import pickle
import resource
import signal
import struct
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import structlog

from transforms.convert import Conversion, convert
from transforms.errors import ConverterFailed, MemoryExhausted, TransformError
from transforms.executors.protocol import Executor
from transforms.granules import LocalGranule
from transforms.recipe import Recipe

PARENT_WATCH_SECONDS = 0.2
PLANNING_SECONDS, PLANNED_BYTES_PER_SECOND = 5.0, 10e6
"""Processor time that finding out what granules hold may take: libraries are known to run in
circles over damaged HDF5 for ever."""
LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of ``convert``."""

    granules: tuple[LocalGranule, ...]
    recipe: Recipe
    into: str
    options: Mapping[str, Any]
    executor: Executor


Answer = Conversion | TransformError


def send(pipe: IO[bytes], message: object) -> None:
    """Write one message to a pipe."""
    data = pickle.dumps(message)
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:  # noqa: ANN401 - a Request one way, an Answer the other
    """Read one message from a pipe.

    Raises:
        EOFError: the other side is gone.
    """
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    return pickle.loads(_exactly(pipe, length))  # noqa: S301 - our own child wrote it


def answer(request: Request) -> Answer:
    """Convert, and return what came of it: a process boundary has no exceptions."""
    _arm(sum(granule.granule.size for granule in request.granules))
    try:
        return convert(
            request.granules,
            request.recipe,
            request.into,
            request.options,
            request.executor,
            planned=_disarm,
        )
    except TransformError as error:
        return error
    except MemoryError as error:
        return MemoryExhausted(
            f"expected to convert within the process's memory, came {error or 'no more of it'};"
            " cut the granules smaller, or raise the limit"
        )
    except Exception:  # noqa: BLE001 - the process boundary: whatever it is, the parent is told
        return ConverterFailed(
            f"expected a cube or a named error, came a defect of the converter; report it with the"
            f" granule's digest:\n{traceback.format_exc()}"
        )
    finally:
        _disarm()


def main() -> None:
    """Answer requests until the parent closes its end. Arguments: memory limit in bytes."""
    memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    # Whatever else prints, prints to standard error: the answers' pipe carries answers only
    os.dup2(2, 1)
    while True:
        try:
            request = receive(requests)
        except EOFError:
            return
        send(answers, answer(request))


def _arm(size: int) -> None:
    """Let SIGPROF end this process once it has planned for too long, in native code or not."""
    signal.setitimer(signal.ITIMER_PROF, PLANNING_SECONDS + size / PLANNED_BYTES_PER_SECOND)


def _disarm() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)


def _leave_with(parent: int) -> None:
    """End this process once its parent is gone: nobody else may find it writing."""
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH_SECONDS)
    os._exit(1)


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data
