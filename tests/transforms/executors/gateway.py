"""A real Dask Gateway on loopback, whose clusters are processes of this machine."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.without import do_without

LONGEST_START_SECONDS = 60.0
CONFIGURATION = """
c.DaskGateway.backend_class = "dask_gateway_server.backends.local.UnsafeLocalBackend"
c.DaskGateway.authenticator_class = "dask_gateway_server.auth.SimpleAuthenticator"
c.DaskGateway.address = "127.0.0.1:0"
c.SimpleAuthenticator.password = "{password}"
c.Proxy.address = "127.0.0.1:{port}"
c.UnsafeLocalBackend.clusters_directory = "{folder}"
c.ClusterConfig.scheduler_cmd = ["{dask}", "scheduler"]
c.ClusterConfig.worker_cmd = ["{dask}", "worker"]
c.ClusterConfig.worker_cores = 1
c.ClusterConfig.environment = {environment}
"""


@dataclass(frozen=True, slots=True)
class DaskGateway:
    """Where it answers, and what it asks for."""

    url: str
    password: str


@contextmanager
def running(folder: Path, environment: Mapping[str, str]) -> Iterator[DaskGateway]:
    """Give a gateway that runs while the ``with`` lasts, whose workers have an environment."""
    found = DaskGateway(f"http://127.0.0.1:{_a_port()}", secrets.token_hex(8))
    settings = CONFIGURATION.format(
        password=found.password,
        port=found.url.rpartition(":")[2],
        folder=folder / "clusters",
        environment=dict(environment),
        dask=Path(sys.executable).with_name("dask"),
    )
    (folder / "gateway.py").write_text(settings)
    command = [sys.executable, "-m", "dask_gateway_server", "-f", str(folder / "gateway.py")]
    with (folder / "gateway.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(found, process, folder / "gateway.log")
        yield found
    finally:
        process.terminate()
        process.wait()


def _wait(gateway: DaskGateway, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{gateway.url}/api/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    do_without(f"Dask Gateway: {log.read_text()[-500:]}")


def _a_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
