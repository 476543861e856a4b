"""Secrets by name: the ledger knows the name, the environment the value."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Protocol

from hooks.errors import MissingSecret

_PREFIX = "whsec_"


class Secrets(Protocol):
    """Finds the value of a named secret."""

    def __call__(self, name: str) -> bytes:
        """Return the secret.

        Raises:
            MissingSecret: nobody has set it.
        """
        ...


def variable(name: str) -> str:
    """Return the environment variable that holds the secret ``name``."""
    return "INLET_HOOK_SECRET_" + re.sub(r"\W", "_", name, flags=re.ASCII).upper()


def from_environment(name: str, environment: Mapping[str, str] = os.environ) -> bytes:
    """Return a secret from ``INLET_HOOK_SECRET_<NAME>``; ``whsec_…`` is read as base64.

    Raises:
        MissingSecret: the variable is empty or not set, or its base64 is broken.
    """
    value = environment.get(variable(name), "")
    if not value:
        raise MissingSecret(f"expected the secret {name!r}; set {variable(name)}")
    if not value.startswith(_PREFIX):
        return value.encode()
    try:
        return base64.b64decode(value.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise MissingSecret(
            f"expected base64 after {_PREFIX} in {variable(name)}; set it again"
        ) from error
