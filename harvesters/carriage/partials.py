"""What is known of a file that was begun, kept beside it, so that another process can go on."""

import json
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from harvesters.carriage.routes import shown
from harvesters.gateway import Remote

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Begun:
    """Which bytes a file begins: what was asked for, and what the server called them.

    ``boot`` tells whether the machine has been up since: only then is all that was written there,
    flushed or not.
    """

    asked: str
    boot: str
    validator: str | None = None
    total: int | None = None

    def save(self, file: Path) -> None:
        """Write this beside ``file``, whole or not at all."""
        fresh = _beside(file).with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)))
        fresh.replace(_beside(file))


def begin(remote: Remote) -> Begun:
    """Return the beginning of a fresh file for ``remote``.

    A link's query is left out, since it may hold a signature that is another each time.
    """
    asked = json.dumps([shown(remote.url), remote.size, remote.checksum])
    return Begun(sha256(asked.encode()).hexdigest(), _boot())


def find(file: Path, remote: Remote, is_provable: bool) -> Begun | None:
    """Return what ``file`` begins where it can be gone on with for ``remote``, else None.

    ``is_provable`` says that a checksum will tell at the end.
    """
    try:
        known = Begun(**json.loads(_beside(file).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    fresh = begin(remote)
    if known.asked != fresh.asked or not file.is_file():
        return None
    is_same_boot = bool(fresh.boot) and known.boot == fresh.boot
    return known if is_provable or (known.validator and is_same_boot) else None


def forget(file: Path) -> None:
    """Remove a file and what is known of it."""
    file.unlink(missing_ok=True)
    _beside(file).unlink(missing_ok=True)


@cache
def _boot() -> str:
    return _BOOT.read_text().strip() if _BOOT.exists() else ""


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.json")
