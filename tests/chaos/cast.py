"""Those who are killed: each a process that is started again as soon as it is found dead."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from inlet.stack.plan import GROUND
from inlet.stack.process import Process
from inlet.stack.service import Service
from tests.stack_fixture import Services

PUBLISHER, RELAY, CONSUMER = "publisher", "relay", "consumer"
POSTGRES, KAFKA, S3 = "postgres", "kafka", "s3"
SHARES: Mapping[str, int] = {
    PUBLISHER: 30,
    RELAY: 20,
    CONSUMER: 15,
    POSTGRES: 15,
    KAFKA: 8,
    S3: 12,
}
"""How many of a hundred kills each kind takes: a broker is down for longest."""
TWINS = ("one", "two")
"""Of each of our own kinds two run, beside one another."""
_HASTE = {POSTGRES: ("--fsync=off",)}
"""With it, recovery syncs all files for seconds; a kill takes nothing from the kernel's memory."""
_TEND_EVERY_SECONDS = 0.1
_PYTHON = (sys.executable, "-m")


@dataclass(slots=True)
class Actor:
    """One process; ``left`` counts how often it ended though nobody had killed it."""

    kind: str
    process: Process
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path = field(default_factory=Path.cwd)
    user: str | None = None
    left: int = 0
    _is_struck: bool = True  # it has not begun

    def tend(self) -> None:
        """Have it run."""
        if self.process.is_running:
            return
        self.left += not self._is_struck
        self._is_struck = False
        self.process.start(self.command, os.environ | self.environment, self.directory, self.user)

    def strike(self) -> bool:
        """Kill it, without any warning; False where it does not run."""
        pid = self.process.pid
        if pid is None:
            return False
        self._is_struck = True
        os.kill(pid, signal.SIGKILL)
        return True


def of_services(services: Services) -> list[Actor]:
    """Return the services, which run already."""
    return [_of(services, service) for service in services.stack.services]


def of_house(environment: Mapping[str, str], home: Path, inbox: str) -> list[Actor]:
    """Return our own processes."""
    commands = {
        PUBLISHER: (*_PYTHON, "tests.chaos.publishing"),
        RELAY: (*_PYTHON, "inlet", "relay"),
        CONSUMER: (*_PYTHON, "tests.chaos.consuming", environment["INLET_KAFKA"], inbox),
    }
    return [
        Actor(kind, _process(home, f"{kind}-{twin}"), command, environment)
        for kind, command in commands.items()
        for twin in TWINS
    ]


@contextmanager
def tended(actors: Sequence[Actor]) -> Iterator[None]:
    """Have all run while the ``with`` lasts, and afterwards the services alone."""
    enough = Event()
    keeper = Thread(target=_tend_until, args=(enough, actors))
    keeper.start()
    try:
        yield
    finally:
        enough.set()
        keeper.join()
        for actor in actors:
            if actor.kind not in GROUND:
                actor.strike()
                actor.process.stop(signal.SIGKILL, 0)


def _tend_until(enough: Event, actors: Sequence[Actor]) -> None:
    while not enough.wait(_TEND_EVERY_SECONDS):
        for actor in actors:
            actor.tend()


def _of(services: Services, service: Service) -> Actor:
    directory = service.directory or Path.cwd()
    return Actor(
        service.name,
        services.stack.process(service),
        (*service.command, *_HASTE.get(service.name, ())),
        service.environment,
        directory,
        service.user,
        _is_struck=False,
    )


def _process(home: Path, name: str) -> Process:
    return Process(home / "run" / f"{name}.pid", home / "run" / f"{name}.log")
