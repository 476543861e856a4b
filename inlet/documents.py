"""What the ledger keeps as JSON of a cube, a verdict and its findings, and back again."""

from typing import Any

from pydantic import TypeAdapter

from lake.ledger.quarantine import Decision
from lake.nouns import Cube, Finding, Verdict, Waiver

_CUBE: TypeAdapter[Cube] = TypeAdapter(Cube)
_VERDICT: TypeAdapter[Verdict] = TypeAdapter(Verdict)
_FINDINGS: TypeAdapter[tuple[Finding, ...]] = TypeAdapter(tuple[Finding, ...])


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


def of_findings(findings: tuple[Finding, ...]) -> Any:  # noqa: ANN401 - JSON
    """Return findings as plain JSON values."""
    return _FINDINGS.dump_python(findings, mode="json")


def to_waiver(release: Decision) -> Waiver:
    """Return the waiver that a release of the quarantine is."""
    findings = _FINDINGS.validate_python(release.findings)
    return Waiver(release.by, release.at, release.reason, findings)
