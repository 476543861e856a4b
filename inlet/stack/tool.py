"""Other programs that are run to their end."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from inlet.errors import StackSilent

_PATIENCE_SECONDS = 600
_SHOWN = 500
"""How much of what a program said last is shown, in characters."""


def finish(command: Sequence[str], expected: str, environment: Mapping[str, str]) -> None:
    """Run ``command`` to its end, with ``environment`` besides our own.

    Raises:
        StackSilent: it failed; what was ``expected`` and what it said is named.
    """
    done = subprocess.run(  # noqa: S603 - the stack's own commands
        command,
        env=os.environ | environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    if done.returncode:
        raise StackSilent(f"expected {expected}, came: {done.stderr.strip()[-_SHOWN:]}")
