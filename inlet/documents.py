"""What the ledger keeps as JSON of a cube and of a verdict, and back again."""

from typing import Any

from pydantic import TypeAdapter

from lake.nouns import Cube, Verdict

_CUBE: TypeAdapter[Cube] = TypeAdapter(Cube)
_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)


def of_cube(cube: Cube) -> Any:  # noqa: ANN401 - JSON
    """Return a cube as plain JSON values."""
    return _CUBE.dump_python(cube, mode="json")


def to_cube(document: object) -> Cube:
    """Return the cube that ``of_cube`` wrote down."""
    return _CUBE.validate_python(document)


def of_verdict(verdict: Verdict) -> Any:  # noqa: ANN401 - JSON
    """Return a verdict as plain JSON values."""
    return _VERDICT.dump_python(verdict, mode="json")


def to_verdict(document: object) -> Verdict:
    """Return the verdict that ``of_verdict`` wrote down."""
    return _VERDICT.validate_python(document)
