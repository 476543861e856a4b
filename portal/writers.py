"""Who may change the catalogue, or ask for harvests: named in the settings, with a password.

They send HTTP Basic; the password is the secret ``writer-<name>``, or ``requester-<name>``.
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
    """The writers by name, each with its collections; in another ``role``, requesters."""

    allowed: Mapping[str, frozenset[str]]
    secrets: Secrets
    role: str = "writer"

    def know(self, authorization: str) -> str:
        """Return the name of who this is.

        Raises:
            NotKnown: nobody whom we know.
        """
        name, password = _credentials(authorization)
        if name not in self.allowed or not self._is_right(name, password):
            raise NotKnown(f"expected the name and the password of a {self.role}")
        return name

    def enter(self, authorization: str, collection: str) -> str:
        """Return the name of who may act on ``collection``.

        Raises:
            NotKnown, NotAllowed: it may not.
        """
        name = self.know(authorization)
        if not self.allowed[name] & {collection, EVERYTHING}:
            raise NotAllowed(
                f"expected a collection that {name} is a {self.role} of, came {collection!r}; "
                "this Inlet's settings say which"
            )
        return name

    def _is_right(self, name: str, password: bytes) -> bool:
        try:
            return hmac.compare_digest(self.secrets(f"{self.role}-{name}"), password)
        except MissingSecret as missing:
            log.warning("Somebody was refused", role=self.role, name=name, why=str(missing))
            return False


def _credentials(authorization: str) -> tuple[str, bytes]:
    scheme, _, given = authorization.partition(" ")
    try:
        name, _, password = base64.b64decode(given, validate=True).partition(b":")
        return (name.decode(), password) if scheme.lower() == "basic" else ("", b"")
    except (binascii.Error, ValueError):
        return "", b""
