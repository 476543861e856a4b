"""Readers that misbehave where they are carried out."""

import os
from dataclasses import dataclass, replace

from transforms.errors import UnreadableGranule
from transforms.plans import Region, SlabReader, Values
from transforms.writers.zarr import StorePlan


@dataclass(frozen=True)
class Damaged:
    """Has a field that cannot be decoded."""

    def read(self, region: Region, out: Values) -> None:
        raise UnreadableGranule("expected a field, came noise; fetch the granule again")


@dataclass(frozen=True)
class Deadly:
    """Ends the process that reads it, as native code may."""

    signal: int

    def read(self, region: Region, out: Values) -> None:
        os.kill(os.getpid(), self.signal)


def read_by(plan: StorePlan, reader: SlabReader) -> StorePlan:
    """Return the plan with another reader of all its variables."""
    return replace(
        plan,
        hypercubes={
            name: replace(
                cube, variables=tuple(replace(one, reader=reader) for one in cube.variables)
            )
            for name, cube in plan.hypercubes.items()
        },
    )
