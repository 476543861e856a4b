"""What a probe found: steps with their verdicts, a sample, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class Outcome(StrEnum):
    """How a step went. Only ``bad`` is in the way."""

    GOOD = "good"
    ODD = "odd"
    BAD = "bad"
    SKIPPED = "not tried"


@dataclass(frozen=True, slots=True)
class Said:
    """What a step says for itself; ``remedy`` is what to do, where there is something."""

    came: str
    remedy: str = ""
    outcome: Outcome = Outcome.GOOD


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a probe, of the provider (``collection`` is None) or of one collection."""

    name: str
    collection: str | None
    outcome: Outcome
    seconds: float
    came: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Ranged:
    """One variable of a sample: what it holds, and what is proposed to be demanded of it."""

    name: str
    standard_name: str | None
    unit: str | None
    fields: int
    minimum: float | None
    maximum: float | None
    missing: float  # share of cells, of the field that lacks most
    between: tuple[float, float] | None  # proposed; None where nature's own bounds hold


@dataclass(frozen=True, slots=True)
class Sample:
    """One item of a collection, and what is proposed from it. ``picture`` is PNG in base64."""

    collection: str
    item: str
    size: int
    seconds: float
    variables: tuple[Ranged, ...]
    chunks: Mapping[str, int]
    picture: str | None = None


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often data of a collection come and how late, as its listing shows.

    ``spacing_seconds`` is the usual time between two, ``latest_seconds`` the longest from the end
    of the data to their publication; None where that is not told.
    """

    collection: str
    products: int
    spacing_seconds: float | None
    latest_seconds: float | None
    schedule: str | None
    lateness: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """All that a probe found of a provider."""

    provider: str
    began: datetime
    seconds: float
    steps: tuple[Step, ...]
    samples: tuple[Sample, ...] = ()
    cadences: tuple[Cadence, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Return whether nothing is in the way, and something was tried."""
        return bool(self.samples) and all(step.outcome is not Outcome.BAD for step in self.steps)

    @property
    def in_the_way(self) -> tuple[Step, ...]:
        """Return the steps that went badly."""
        return tuple(step for step in self.steps if step.outcome is Outcome.BAD)


_PROBE: TypeAdapter[Probe] = TypeAdapter(Probe)


def of_probe(probe: Probe) -> Any:  # noqa: ANN401 - JSON
    """Return a probe as plain JSON values."""
    return _PROBE.dump_python(probe, mode="json")


def to_probe(document: object) -> Probe:
    """Return the probe that ``of_probe`` wrote down."""
    return _PROBE.validate_python(document)
