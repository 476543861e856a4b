"""A portal in a real server, and senders who know their secret, or do not."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx

from hooks.webhook import sign

SECRET = "a secret that both sides know"
ENVIRONMENT = {f"INLET_HOOK_SECRET_NOTICES_{s}": SECRET for s in ("WEBHOOK",)} | {
    f"INLET_HOOK_SECRET_NOTICES_{s}": f"inlet:{SECRET}" for s in ("AVISO", "CDSE", "WIS2")
}
BASIC = {"authorization": "Basic " + base64.b64encode(f"inlet:{SECRET}".encode()).decode()}

WRITERS = {
    "INLET_STAC_WRITERS": json.dumps({"desk": ["sst"], "all": ["*"]}),
    "INLET_HOOK_SECRET_WRITER_DESK": SECRET,
    "INLET_HOOK_SECRET_WRITER_ALL": SECRET,
}


@contextmanager
def a_portal(home: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """Serve the portal of a house in ``home`` by its command; give its URL."""
    home.mkdir(exist_ok=True)
    known = ENVIRONMENT | {"INLET_HOME": str(home)} | environment
    with served(("inlet", "portal"), known, home / "portal.log") as url:
        yield url


@contextmanager
def served(module: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """Have a module of Python serve HTTP, at a ``--port`` of its own; give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, "--port", str(port)],
            env=os.environ | environment,
            stdout=said,
            stderr=said,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def signed(body: bytes, identifier: str, age_seconds: int = 0, secret: str = SECRET) -> dict:
    stamp = str(int(time.time()) - age_seconds)
    return {
        "webhook-id": identifier,
        "webhook-timestamp": stamp,
        "webhook-signature": sign(secret.encode(), identifier, stamp, body),
    }


def _answers(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False)
    except httpx.TransportError:
        return False
    return True
