"""The stack as one thing: started in order, asked, stopped in the other order."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

from inlet.errors import StackSilent
from inlet.stack import machine
from inlet.stack.process import Process
from inlet.stack.service import Service

_LOOK_EVERY_SECONDS = 0.2
_END_SECONDS = 60
"""How long a service may take to end by itself."""
_ATTEMPTS = 4
_BETWEEN_ATTEMPTS_SECONDS = 1.5
"""A killed server's children may hold its memory or its port for a moment."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found when a service was asked; ``trouble`` is empty where it answered."""

    name: str
    address: str
    is_ours: bool
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """The services below ``directory``, in the order in which they start."""

    directory: Path
    services: tuple[Service, ...]

    def up(self, told: Callable[[str], None] = lambda _: None) -> None:
        """Start what does not run, each when those before it answer; ``told`` hears of each.

        Raises:
            MachineLacks: a program is missing and may not be installed.
            StackSilent: a service did not answer in time; its log is named.
        """
        needed = [need for service in self.services for need in service.needs]
        if needed:
            machine.provide(needed)
        with self._alone():
            for service in self.services:
                told(service.name)
                self._bring_up(service)

    def down(self) -> None:
        """Stop what ``up`` started, and nothing else."""
        with self._alone():
            for service in reversed(self.services):
                if service.command:
                    self.process(service).stop(service.stop_by, _END_SECONDS)

    def look(self) -> list[Found]:
        """Ask every service."""
        return [self._found(service) for service in self.services]

    def process(self, service: Service) -> Process:
        """Return the process of ``service``, which may or may not run."""
        run = self.directory / "run"
        return Process(run / f"{service.name}.pid", run / f"{service.name}.log")

    def _bring_up(self, service: Service) -> None:
        process = self.process(service)
        if service.command and not process.is_running:
            process.stop(service.stop_by, _END_SECONDS)  # what a killed one left
            service.prepare()
            self._start(service, process)
        self._await(service, process)
        service.settle()

    def _start(self, service: Service, process: Process) -> None:
        environment = os.environ | service.environment
        process.start(service.command, environment, service.directory or Path.cwd(), service.user)

    def _await(self, service: Service, process: Process) -> None:
        deadline = time.monotonic() + service.patience_seconds
        attempts = 1
        while trouble := self._found(service).trouble:
            if service.command and not process.is_running:
                if attempts == _ATTEMPTS:
                    raise StackSilent(f"{service.name} ended; look into {process.log}")
                time.sleep(_BETWEEN_ATTEMPTS_SECONDS)
                self._start(service, process)
                attempts += 1
            if time.monotonic() > deadline:
                raise StackSilent(f"{service.name}: {trouble}; look into {process.log}")
            time.sleep(_LOOK_EVERY_SECONDS)

    def _found(self, service: Service) -> Found:
        is_ours = bool(service.command)
        if is_ours and not self.process(service).is_running:
            return Found(service.name, service.address, is_ours, "not started")
        try:
            service.ask()
        except StackSilent as silent:
            return Found(service.name, service.address, is_ours, str(silent))
        return Found(service.name, service.address, is_ours)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no second command start or stop things at the same time."""
        run = self.directory / "run"
        run.mkdir(parents=True, exist_ok=True)
        with (run / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield
