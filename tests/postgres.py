"""A PostgreSQL of our own for tests: a private directory, a socket, no port, stopped by pid."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = Path("/usr/lib/postgresql")
_QUICK = "-c fsync=off -c listen_addresses='' -c shared_buffers=32MB"


def binaries() -> Path | None:
    """Where initdb and pg_ctl are; None where this machine has no server."""
    found = sorted(_DEBIAN.glob("*/bin/pg_ctl"), reverse=True)
    on_path = shutil.which("pg_ctl")
    if found:
        return found[0].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def running(directory: Path, programs: Path) -> Iterator[str]:
    """Give the SQLAlchemy URL of a server, without a database's name, while the `with` lasts."""
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        _open_way(directory, pwd.getpwnam(user).pw_uid)
    data = directory / "data"

    def run(*command: str) -> None:
        subprocess.run(
            [programs / command[0], *command[1:]],
            check=True,
            user=user,
            cwd=directory,
            stdout=subprocess.DEVNULL,
        )

    run("initdb", "-D", str(data), "-U", "inlet", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"{_QUICK} -c unix_socket_directories={directory}"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(directory / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://inlet@/{{name}}?host={directory}"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


def _open_way(directory: Path, uid: int) -> None:
    """Let the server's user reach a directory that only root may enter."""
    os.chown(directory, uid, -1)
    for parent in directory.parents:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
