"""The workflows that a subscription may name. To add one: write its module, name it here."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from hooks.errors import BadTarget

WORKFLOWS: Mapping[str, str] = MappingProxyType({"quicklook": "hooks.workflows.quicklook"})
"""Names, and the modules whose ``run`` they are; imported only where one runs."""


class Workflow(Protocol):
    """Makes something of an item."""

    def __call__(self, event_data_json: str, into: Path) -> Path:
        """Leave the result of an item (STAC, as JSON) below the directory ``into``; return it."""
        ...


def module_of(name: str) -> str:
    """Return the module of a workflow.

    Raises:
        BadTarget: there is no workflow of that name.
    """
    if name not in WORKFLOWS:
        raise BadTarget(f"expected a workflow of {sorted(WORKFLOWS)}, came {name!r}")
    return WORKFLOWS[name]


def load(module: str) -> Workflow:
    """Return the workflow of a module."""
    return cast("Workflow", import_module(module).run)
