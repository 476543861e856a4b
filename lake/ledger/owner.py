"""Who holds a claim or a probe: a process, named so that others can tell that it died."""

import os
import socket
from pathlib import Path

_SEPARATOR = "/"


def this_process() -> str:
    """Return this process's name: host, pid, and the kernel's start time of that pid."""
    pid = os.getpid()
    return _SEPARATOR.join((socket.gethostname(), str(pid), _started(pid) or "?"))


def is_dead(owner: str) -> bool:
    """Return True where ``owner`` ran on this machine and surely runs no more.

    A process on another machine is never called dead here; its lease has to run out.
    """
    host, _, rest = owner.partition(_SEPARATOR)
    pid, _, started = rest.partition(_SEPARATOR)
    if host != socket.gethostname() or not pid.isdigit() or not Path("/proc/self/stat").exists():
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str | None:
    """Return field 22 of ``/proc/PID/stat`` (proc(5)); None for a dead or zombie process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces
    state, start = fields[0], fields[19]
    return None if state in "ZX" else start
