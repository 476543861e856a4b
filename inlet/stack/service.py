"""What the stack is made of: a process that is started, asked, and stopped."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def nothing() -> None:
    """Do nothing: the service needs no such step."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service: where it is, how it is started, and what it is asked.

    One that lies elsewhere has no ``command``: it is asked, and never started or stopped.
    """

    name: str
    address: str
    """Where it is, for people and programs; never with a secret in it."""
    ask: Callable[[], None]
    """Ask it something that only a working one can answer.

    Raises:
        StackSilent: it did not answer, or not so.
    """
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """What the machine must have, by the names of ``machine.needs``."""
    prepare: Callable[[], None] = nothing
    """What is done before each start."""
    settle: Callable[[], None] = nothing
    """What is done once it answers, each time; doing it again changes nothing."""
    directory: Path | None = None
    """Where it runs; else where the command was given."""
    user: str | None = None
    stop_by: signal.Signals = signal.SIGTERM
    patience_seconds: float = 120.0
    """How long it may take to answer."""
