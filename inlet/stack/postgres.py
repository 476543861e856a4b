"""PostgreSQL on loopback: a private data directory, a password, and no socket."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

from sqlalchemy import URL

from inlet.errors import MachineLacks
from inlet.stack import asking, database, machine
from inlet.stack.kept import write_private
from inlet.stack.service import Service

NAME = "inlet"
"""Of the role, and of the database that holds pgstac and the ledger."""
AIRFLOW = "airflow"
_ANY = "postgres"  # the database that every server has
_CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # pgstac has a partition per collection and year
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def url(home: Path, port: int, name: str) -> URL:
    """Return where the database is; the password stands in a file that libpq reads."""
    return URL.create(
        "postgresql+psycopg",
        username=NAME,
        host="127.0.0.1",
        port=port,
        database=name,
        query={"passfile": str(home / "pgpass")},
    )


def service(home: Path, port: int, password: str) -> Service:
    """Return the server whose things lie in ``home``."""
    programs = machine.postgres_programs()
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    data = home / "data"
    mine = url(home, port, NAME)

    def prepare() -> None:
        home.mkdir(parents=True, exist_ok=True)
        write_private(home / "pgpass", f"127.0.0.1:{port}:*:{NAME}:{password}\n")
        if user:
            _open_way(home)
        if not (data / "PG_VERSION").exists():
            _initialise(programs, data, password, user)

    def settle() -> None:
        database.create(mine.set(database=_ANY), NAME)
        _settle(mine)

    settings = [
        f"--{key}={value}" for key, value in (_CONFIGURATION | {"port": str(port)}).items()
    ]
    return Service(
        name="postgres",
        address=mine.set(drivername="postgresql").render_as_string(),
        ask=lambda: asking.postgres(_text(mine.set(database=_ANY))),
        command=(str(programs / "postgres"), "-D", str(data), *settings),
        needs=("PostgreSQL", "PostGIS"),
        prepare=prepare,
        settle=settle,
        directory=home,
        user=user,
        stop_by=signal.SIGINT,  # at once, but orderly
    )


def elsewhere(wanted: URL) -> Service:
    """Return the server that somebody else runs at ``wanted``."""
    return Service(
        name="postgres",
        address=wanted.set(drivername="postgresql").render_as_string(),
        ask=lambda: asking.postgres(_text(wanted)),
        settle=lambda: _settle(wanted),
    )


def _settle(wanted: URL) -> None:
    """Have all that the house keeps on that server: pgstac, the ledger, Airflow's database."""
    database.create(wanted, AIRFLOW)
    database.migrate(wanted)


def _initialise(programs: Path, data: Path, password: str, user: str | None) -> None:
    """Make the data directory, whole or not at all."""
    made, secret = data.with_name("data.new"), data.with_name("password")
    shutil.rmtree(made, ignore_errors=True)  # a torn one
    write_private(secret, password)
    if user:
        shutil.chown(secret, user)
    options = ("-U", NAME, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale")
    done = subprocess.run(  # noqa: S603 - the server's own program
        [programs / "initdb", "-D", made, *options, f"--pwfile={secret}"],
        check=False,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd=data.parent,
        capture_output=True,
        text=True,
    )
    secret.unlink()
    if done.returncode:
        raise MachineLacks(f"expected initdb to make {made}, it said: {done.stderr.strip()}")
    made.rename(data)


def _open_way(home: Path) -> None:
    """Give ``home`` to the server's user, who must be able to come there.

    Raises:
        MachineLacks: a directory above it lets nobody through.
    """
    shutil.chown(home, user="postgres")
    home.parent.chmod(home.parent.stat().st_mode | stat.S_IXOTH)
    for above in home.parent.parents:
        if not above.stat().st_mode & stat.S_IXOTH:
            raise MachineLacks(
                f"expected a way to {home} for the user postgres, {above} lets nobody through; "
                f"run `chmod o+x {above}`, or set INLET_STACK to a directory elsewhere"
            )


def _text(wanted: URL) -> str:
    return wanted.render_as_string(hide_password=False)
