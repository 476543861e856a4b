"""Who may send notices: signed, or with a name and a password, each by a secret's name.

The secret of a source is ``notices-<source>``, which ``INLET_HOOK_SECRET_NOTICES_<SOURCE>`` holds.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol

import structlog

from harvesters.notices.message import Message
from hooks.errors import MissingSecret
from hooks.secrets import Secrets
from hooks.webhook import sign

REPLAY_WINDOW = timedelta(minutes=5)

log = structlog.get_logger(__name__)


class Check(Protocol):
    """Says whether a message comes from one who knows the secret."""

    def __call__(self, message: Message, secret: bytes) -> bool:
        """Return True where it does."""
        ...


def is_signed(message: Message, secret: bytes) -> bool:
    """Return True for a fresh message, rightly signed as standardwebhooks.com has it."""
    headers = message.headers
    identifier, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identifier or not stamp.isascii() or not stamp.isdigit():
        return False
    age_seconds = abs(message.received_at.timestamp() - int(stamp))
    expected = sign(secret, identifier, stamp, message.body)
    given = headers.get("webhook-signature", "").split(" ")
    is_right = any(hmac.compare_digest(g.encode(), expected.encode()) for g in given)
    return is_right and age_seconds <= REPLAY_WINDOW.total_seconds()


def is_named(message: Message, secret: bytes) -> bool:
    """Return True for HTTP Basic with the ``name:password`` that the secret holds."""
    scheme, _, given = message.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False
    return scheme.lower() == "basic" and hmac.compare_digest(decoded, secret)


# What each sender can do: CDSE knows Basic only, pyaviso and WIS2 bridges set headers.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {"webhook": is_signed, "aviso": is_named, "cdse": is_named, "wis2": is_named}
)


def may_enter(message: Message, secrets: Secrets) -> bool:
    """Return True where the message's source knows its secret; nobody enters without one set."""
    try:
        secret = secrets(f"notices-{message.source}")
    except MissingSecret as missing:
        log.warning("A notice was refused", source=message.source, why=str(missing))
        return False
    return CHECKS[message.source](message, secret)
