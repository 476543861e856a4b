"""Who may change the catalogue by the STAC API: named in the settings, with a password.

A writer sends HTTP Basic; its password is the secret ``writer-<name>``.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from hooks.errors import MissingSecret
from hooks.secrets import Secrets

EVERYTHING = "*"

log = structlog.get_logger(__name__)


class NotKnown(Exception):
    """Nobody whom we know by this name and password (401)."""


class NotAllowed(Exception):
    """Somebody whom we know, but not for this collection (403)."""


@dataclass(frozen=True, slots=True)
class Writers:
    """The writers by name, each with its collections."""

    allowed: Mapping[str, frozenset[str]]
    secrets: Secrets

    def enter(self, authorization: str, collection: str) -> str:
        """Return the name of who may write to ``collection``.

        Raises:
            NotKnown, NotAllowed: it may not.
        """
        name, password = _credentials(authorization)
        if name not in self.allowed or not self._is_right(name, password):
            raise NotKnown("expected the name and the password of a writer")
        if not self.allowed[name] & {collection, EVERYTHING}:
            raise NotAllowed(
                f"expected a collection that {name} may write to, came {collection!r}; "
                "INLET_STAC_WRITERS says which"
            )
        return name

    def _is_right(self, name: str, password: bytes) -> bool:
        try:
            return hmac.compare_digest(self.secrets(f"writer-{name}"), password)
        except MissingSecret as missing:
            log.warning("A writer was refused", writer=name, why=str(missing))
            return False


def _credentials(authorization: str) -> tuple[str, bytes]:
    scheme, _, given = authorization.partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).partition(b":")
        return (name.decode(), password) if scheme.lower() == "basic" else ("", b"")
    except (binascii.Error, ValueError):
        return "", b""
