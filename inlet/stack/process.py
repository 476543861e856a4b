"""Processes that outlive the command which starts them, and are known again by the next one.

Each is the leader of a session of its own, and is remembered by its pid together with the moment
at which it started, so that another process which was given the same pid later is never taken
for it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.05
_REPEAT_SECONDS = 5.0
"""A signal may come before its handler is there, so it is sent again."""
_GONE = frozenset("ZX")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that may run, remembered in ``pid_file`` and writing to ``log``."""

    pid_file: Path
    log: Path

    def start(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        user: str | None = None,
    ) -> None:
        """Start ``command`` in ``directory``, in a session of its own.

        Raises:
            OSError: the program is not there.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        groups: list[int] | None = [] if user else None
        with self.log.open("ab") as output:
            started = subprocess.Popen(  # noqa: S603 - the stack's own commands
                command,
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=user,
                group=user,
                extra_groups=groups,
            )
        self._remember(started.pid)

    @property
    def pid(self) -> int | None:
        """The pid while the process itself runs, else None."""
        leader = self._leader()
        return None if leader is None or leader.is_gone else leader.pid

    @property
    def is_running(self) -> bool:
        """True while the process itself runs; what it left behind does not count."""
        return self.pid is not None

    def stop(self, first: signal.Signals, patience_seconds: float) -> None:
        """End the process and all of its session; what does not go in time is killed."""
        begin = time.monotonic()
        asked_at = -_REPEAT_SECONDS
        while self._members():
            waited = time.monotonic() - begin
            if waited > patience_seconds or not self.is_running:
                self._send_all(signal.SIGKILL)
            elif waited - asked_at >= _REPEAT_SECONDS:
                self._send_leader(first)
                asked_at = waited
            time.sleep(_LOOK_EVERY_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def _remember(self, pid: int) -> None:
        state = _State.of(pid)
        began = state.began if state else 0  # ended already: no process begins at 0
        made = self.pid_file.with_suffix(".new")
        made.write_text(f"{pid} {began}\n")
        made.replace(self.pid_file)

    def _remembered(self) -> tuple[int, int] | None:
        if not self.pid_file.exists():
            return None
        pid, began = self.pid_file.read_text().split()
        return int(pid), int(began)

    def _leader(self) -> "_State | None":
        remembered = self._remembered()
        state = _State.of(remembered[0]) if remembered else None
        return state if state and remembered and state.began == remembered[1] else None

    def _members(self) -> list[int]:
        """Return the session's live processes; none where the pid is another process's by now."""
        remembered = self._remembered()
        if remembered is None:
            return []
        # the kernel gives a pid anew only when no session of that number is left
        if _State.of(remembered[0]) is not None and self._leader() is None:
            return []
        found = [_State.of(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit()]
        return [s.pid for s in found if s and s.session == remembered[0] and not s.is_gone]

    def _send_leader(self, what: signal.Signals) -> None:
        leader = self._leader()
        if leader is not None:
            _send(leader.pid, what)

    def _send_all(self, what: signal.Signals) -> None:
        for pid in self._members():
            _send(pid, what)


@dataclass(frozen=True, slots=True)
class _State:
    """What the kernel says about a process; ``began`` is in clock ticks since boot."""

    pid: int
    is_gone: bool
    session: int
    began: int

    @classmethod
    def of(cls, pid: int) -> "_State | None":
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # the name stands in brackets and may hold anything; see proc(5)
        fields = text.rpartition(")")[2].split()
        return cls(pid, fields[0] in _GONE, int(fields[3]), int(fields[19]))


def _send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return
