"""A real S3, started by the project's own script; without Go a test skips, and fails in CI."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

_SCRIPT = Path(__file__).parents[1] / "deploy" / "s3.sh"


@dataclass(frozen=True, slots=True)
class S3:
    """A server that runs; ``environment`` makes it known to a process, keys and all."""

    directory: Path
    environment: Mapping[str, str]

    def bucket(self) -> str:
        """Make a bucket of its own; return its URL."""
        name = f"lake-{uuid4().hex}"
        (self.directory / "buckets" / name).mkdir()
        return f"s3://{name}"


@contextmanager
def an_s3(directory: Path) -> Iterator[S3]:
    """Give a server that runs while the ``with`` lasts, and that this process knows."""
    if shutil.which("go") is None:
        _do_without("no S3 here: go, which builds the server, is not found")
    ports = os.environ | {"S3_PORT": str(_free_port())}
    up = subprocess.run(
        [_SCRIPT, "up", directory], env=ports, check=False, capture_output=True, text=True
    )
    if up.returncode:
        _do_without(f"no S3 here: {up.stderr.strip()}")
    lines = (directory / "credentials").read_text().splitlines()
    environment = dict(line.split("=", 1) for line in lines)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            yield S3(directory, environment)
        finally:
            subprocess.run([_SCRIPT, "down", directory], env=ports, check=True)


def _do_without(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
