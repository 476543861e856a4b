"""Where errors end: one clear line on stderr, and an exit code that scripts can rely on.

0  all that was asked is done            3  done, but something fell out: `inlet status` lists it
1  it could not be done                  4  the provider has nothing there
2  the request itself was wrong
"""

import os
import sys
from collections.abc import Callable
from enum import IntEnum

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from catalog.errors import CatalogError
from harvesters.errors import HarvestError
from hooks.errors import HookError
from inlet.errors import InletError, UnknownCollection
from lake.errors import LakeError
from transforms.errors import TransformError

FORESEEN = (
    InletError,
    LakeError,
    HarvestError,
    TransformError,
    CatalogError,
    HookError,
    OSError,
    OperationalError,
)


class Exit(IntEnum):
    """What the process answers to its caller."""

    DONE = 0
    IMPOSSIBLE = 1
    WRONG_REQUEST = 2
    LEFT_OUT = 3
    NOTHING_THERE = 4


def leave(code: int | None) -> None:
    """Leave with the exit code that a command returned."""
    raise typer.Exit(code or Exit.DONE)


def answered(command: Callable[[], object]) -> int:
    """Run ``command``, which ends by SystemExit, and return its exit code."""
    try:
        command()
    except SystemExit as left:
        return int(left.code or Exit.DONE)
    except KeyboardInterrupt:
        return _said("stopped; run the same command again to go on", Exit.IMPOSSIBLE)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except UnknownCollection as error:
        return _said(str(error), Exit.WRONG_REQUEST)
    except FORESEEN as error:
        return _said(str(error), Exit.IMPOSSIBLE)
    return Exit.DONE


def _said(what: str, code: Exit) -> Exit:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"inlet: {escape(what)}")
    return code
