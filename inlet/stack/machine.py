"""What a machine must have before the stack can start, and how it is brought there."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inlet.errors import MachineLacks

_POSTGRES = Path("/usr/lib/postgresql")
_EXTENSIONS = Path("/usr/share/postgresql")


@dataclass(frozen=True, slots=True)
class Need:
    """Something to be had from the machine; ``packages`` are Debian's names."""

    what: str
    packages: tuple[str, ...]
    is_met: bool


def postgres_programs() -> Path | None:
    """Return the directory of the newest PostgreSQL server's programs; None where none is."""
    found = sorted(_POSTGRES.glob("*/bin/pg_ctl"), key=_major, reverse=True)
    return found[0].parent if found else None


def needs() -> tuple[Need, ...]:
    """Return what the stack needs, and whether it is here."""
    server = postgres_programs()
    postgis = server and _EXTENSIONS / server.parent.name / "extension" / "postgis.control"
    number = server.parent.name if server else "15"  # Debian 12's
    return (
        Need("PostgreSQL", (f"postgresql-{number}",), server is not None),
        Need(
            "PostGIS",
            (f"postgresql-{number}-postgis-3", f"postgresql-{number}-postgis-3-scripts"),
            bool(postgis and postgis.exists()),
        ),
        Need("Java 17", ("openjdk-17-jre-headless",), shutil.which("java") is not None),
        Need("Maven", ("maven",), shutil.which("mvn") is not None),
        Need("Go 1.22 or later", ("golang-go",), shutil.which("go") is not None),
    )


def provide(wanted: Sequence[str] = ()) -> None:
    """Install what is not here, or of it only ``wanted``, where this user may.

    Raises:
        MachineLacks: it may not, or the packages could not be had; the command is named.
    """
    missing = [n for n in needs() if not n.is_met and (not wanted or n.what in wanted)]
    if not missing:
        return
    what = ", ".join(need.what for need in missing)
    packages = [package for need in missing for package in need.packages]
    # a cluster of the system's own would be started by the package
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    by_hand = f"run `apt-get update && {' '.join(install)}` as root, then this again"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MachineLacks(f"expected {what} on this machine, found none; {by_hand}")
    for command in (["apt-get", "update"], install):
        done = subprocess.run(  # noqa: S603 - names of our own
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise MachineLacks(
                f"expected to install {what}, apt-get said: {done.stderr.strip()}; {by_hand}"
            )


def _major(program: Path) -> int:
    name = program.parents[1].name
    return int(name) if name.isdigit() else 0
