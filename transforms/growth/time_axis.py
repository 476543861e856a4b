"""The time axis of a growing cube: equal steps, of which each has its place before data come."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from transforms.errors import DoesNotFit
from transforms.recipe import MOST_STEPS, Growth, Recipe

STRIDE = 8760
"""How many steps an axis without an end grows by: a year of hours, 24 years of days."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Where each time has its place, whatever came before it."""

    growth: Growth

    @classmethod
    def of(cls, recipe: Recipe) -> Self:
        """Return the axis that a recipe describes.

        Raises:
            DoesNotFit: it describes none.
        """
        if recipe.growth is None:
            raise DoesNotFit("expected `recipe.growth`, came none; write start and step there")
        return cls(recipe.growth)

    def size(self, reach: int) -> int:
        """Return how long the axis is if it has to hold ``reach`` steps."""
        if self.growth.end is None:
            return -(-max(reach, 1) // STRIDE) * STRIDE
        return -(-(self.growth.end - self.growth.start) // self.growth.step)

    def labels(self, size: int) -> Places:
        """Return the first ``size`` times, in seconds since 1970."""
        return self._first + self._step * np.arange(size, dtype=np.int64)

    def places(self, times: NDArray[Any]) -> Places:
        """Return the place of each time (datetime64).

        Raises:
            DoesNotFit: a time lies between two steps, or outside the axis.
        """
        seconds = times.astype("datetime64[s]").astype(np.int64)
        places, beside = np.divmod(seconds - self._first, self._step)
        wrong = (beside != 0) | (places < 0)
        wrong |= places >= (MOST_STEPS if self.growth.end is None else self.size(0))
        if wrong.any():
            end = self.growth.end.isoformat() if self.growth.end else "…"
            raise DoesNotFit(
                f"expected times from {self.growth.start.isoformat()} to {end} in steps of "
                f"{self.growth.step}, came {times[wrong][0].astype('datetime64[s]')}Z "
                f"({int(wrong.sum())} of {times.size}); correct `recipe.growth` before the first "
                "harvest, or let the item stay outside"
            )
        if np.unique(places).size != places.size:
            raise DoesNotFit(
                "expected each time once in an item, came some more often; its own cube has them"
            )
        return places

    @property
    def _first(self) -> int:
        return int(self.growth.start.timestamp())

    @property
    def _step(self) -> int:
        return int(self.growth.step.total_seconds())
