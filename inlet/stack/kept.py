"""What the stack chose when it first started, and keeps: its ports, and its secrets."""

import json
import os
import secrets
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

_LOOPBACK = "127.0.0.1"
_OF_KAFKA = "kafka"
"""Kafka's controller listens on the port after its broker's."""

SECRETS: Mapping[str, Callable[[], str]] = {
    "postgres_password": lambda: secrets.token_urlsafe(24),
    "s3_access_key": lambda: secrets.token_hex(10),
    "s3_secret_key": lambda: secrets.token_hex(20),
    "airflow_admin_password": lambda: secrets.token_urlsafe(18),
    "airflow_jwt_secret": lambda: secrets.token_urlsafe(64),
    "airflow_secret_key": lambda: secrets.token_urlsafe(32),
    "airflow_fernet_key": lambda: urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}
"""How each secret is drawn."""


def ports(file: Path, names: tuple[str, ...], wanted: Mapping[str, int]) -> dict[str, int]:
    """Return each name's port on loopback: wanted, else as kept in ``file``, else a free one."""
    kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    chosen = dict(kept)
    for name in names:
        chosen[name] = wanted.get(name) or kept.get(name) or _free(name, set(chosen.values()))
    if chosen != kept:
        file.write_text(json.dumps(chosen, indent=2) + "\n")
    return chosen


def secret_values(file: Path) -> dict[str, str]:
    """Return every secret, drawn at first and kept in ``file`` for its owner's eyes alone."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    drawn = {name: kept.get(name) or draw() for name, draw in SECRETS.items()}
    if drawn != kept:
        write_private(file, json.dumps(drawn, indent=2) + "\n")
    return drawn


def write_private(file: Path, text: str) -> None:
    """Write ``text`` so that only the owner may ever read it; a reader meets old or new."""
    made = file.with_name(f".{file.name}.{os.getpid()}")
    made.unlink(missing_ok=True)
    made.touch(mode=0o600)
    made.write_text(text)
    made.replace(file)


def _free(name: str, taken: set[int]) -> int:
    while True:
        with socket.socket() as one, socket.socket() as next_one:
            one.bind((_LOOPBACK, 0))
            port = int(one.getsockname()[1])
            try:
                next_one.bind((_LOOPBACK, port + 1 if name == _OF_KAFKA else 0))
            except OSError:
                continue
        if not {port, port + 1} & taken:
            return port
