"""The ``inlet`` command: one file per group of commands, one boundary for errors."""

import sys

from inlet import logs
from inlet.cli.app import app
from inlet.cli.boundary import answered
from inlet.settings import Settings

__all__ = ["main"]


def main() -> None:
    """Run the command; every foreseen error becomes one line and an exit code."""
    logs.to_file(Settings().home)
    sys.exit(answered(app))
