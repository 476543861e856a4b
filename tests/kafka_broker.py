"""A real Kafka, started by the project's own script; without Java and Maven a test skips."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).parents[1] / "deploy" / "kafka.sh"


@contextmanager
def a_broker(directory: Path) -> Iterator[str]:
    """Give ``host:port`` of a broker that runs while the ``with`` lasts."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"no Kafka here: {' and '.join(missing)} not found")
    environment = os.environ | {"KAFKA_PORT": str(_free_pair_of_ports())}
    up = subprocess.run(
        [_SCRIPT, "up", directory], env=environment, check=True, capture_output=True, text=True
    )
    try:
        yield up.stdout.strip().splitlines()[-1]
    finally:
        subprocess.run([_SCRIPT, "down", directory], env=environment, check=True)


def _free_pair_of_ports() -> int:
    """Return a port that is free together with the next one, the controller's."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
