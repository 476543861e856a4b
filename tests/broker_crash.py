"""A broker that is killed amid its work, and comes back with what it had."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lake.broker import Producer
from lake.errors import BrokerFailed


@contextmanager
def crashed(servers: str) -> Iterator[None]:
    """Kill the broker at ``servers`` (kill -9), start it again by its own command, and end it."""
    port = servers.rpartition(":")[2]
    pid, command = next(found for found in _brokers() if _listens(found[1], port))
    Path(f"/proc/{pid}").stat()
    subprocess.run(["kill", f"-{signal.SIGKILL}", str(pid)], check=True)
    time.sleep(0.5)
    again = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        again.terminate()
        again.wait(60)


def answers_again(servers: str, patience_seconds: float = 120) -> None:
    """Wait until the broker takes producers."""
    end = time.monotonic() + patience_seconds
    while True:
        try:
            Producer(servers, "is it there").close()
        except BrokerFailed:
            if time.monotonic() > end:
                raise
            continue
        return


def _brokers() -> Iterator[tuple[int, list[str]]]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode().rstrip("\0").split("\0")
        except (OSError, UnicodeDecodeError):
            continue
        if "kafka.Kafka" in command:
            yield int(path.parent.name), command


def _listens(command: list[str], port: str) -> bool:
    settings = Path(command[-1])
    return settings.exists() and f"127.0.0.1:{port}\n" in settings.read_text()
