"""The ``inlet`` command: one file per group of commands, one boundary for errors."""

import sys

from inlet.cli.app import app
from inlet.cli.boundary import answered

__all__ = ["main"]


def main() -> None:
    """Run the command; every foreseen error becomes one line and an exit code."""
    sys.exit(answered(app))
