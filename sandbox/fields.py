"""Smooth random weather on any list of points, the same for the same seed.

A field is a sum of plane waves through the sphere, ``a_k cos(f_k r_k·x + w_k t + p_k)``: it has no
seam, needs no grid, and moves smoothly in time. Amplitudes fall as a power of the wave number. The
sum is taken wave by wave: how a matrix product rounds depends on how many threads it gets.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sandbox.grids import Grid, Points, points_of

WAVES = 32
SLOPE = 1.15
"""How fast amplitudes fall with the wave number: large weather is stronger than small."""

CACHED_POINTS = 200_000
"""Above this the waves of a grid are computed anew for each field, so that memory stays small."""

Values = NDArray[np.float64]
_Single = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """When, at which height and in which member a field is wanted.

    ``hours`` are counted from 2000-01-01T00:00Z; ``level_hpa`` is None at the surface.
    """

    hours: float
    level_hpa: float | None = None
    member: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Waves:
    wave_number: NDArray[np.float64]
    direction: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    radians_per_hour: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fields:
    """A world of weather, drawn from one seed."""

    seed: int

    def revised(self, number: int) -> "Fields":
        """Other weather, for the bytes of a later revision."""
        return Fields(self.seed + 1_000_003 * number)

    def noise(self, grid: Grid, name: str, moment: Moment) -> Values:
        """A field of mean about 0 and variance about 1, of its own for each ``name``."""
        waves = _waves(self.seed)
        phase = self._phase(name, moment) + waves.radians_per_hour * moment.hours
        even = (waves.amplitude * np.cos(phase)).astype(np.float32)
        odd = (waves.amplitude * np.sin(phase)).astype(np.float32)
        total = np.zeros(points_of(grid).latitude.size, dtype=np.float32)
        cosines, sines = self._basis(grid)
        for k in range(WAVES):
            total += even[k] * cosines[k]
            total -= odd[k] * sines[k]
        return total.astype(np.float64)

    def _phase(self, name: str, moment: Moment) -> NDArray[np.float64]:
        phase = _generator(self.seed, name).uniform(0, 2 * np.pi, WAVES)
        if moment.level_hpa is not None:
            phase += (1000 - moment.level_hpa) / 500
        if moment.member:
            phase += 0.3 * _generator(self.seed, f"member {moment.member}").normal(size=WAVES)
        return phase

    def _basis(self, grid: Grid) -> tuple[_Single, _Single]:
        if points_of(grid).latitude.size <= CACHED_POINTS:
            return _cached_basis(self.seed, grid)
        return _basis(self.seed, points_of(grid))


def _generator(seed: int, name: str) -> np.random.Generator:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big")))


@lru_cache(maxsize=8)
def _waves(seed: int) -> _Waves:
    generator = _generator(seed, "waves")
    wave_number = np.geomspace(1.0, 16.0, WAVES)
    direction = generator.normal(size=(WAVES, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    amplitude = wave_number**-SLOPE
    amplitude *= np.sqrt(2 / np.sum(amplitude**2))
    period_hours = 300.0 / wave_number**0.8
    return _Waves(wave_number, direction, amplitude, 2 * np.pi / period_hours)


def _basis(seed: int, points: Points) -> tuple[_Single, _Single]:
    latitude, longitude = np.radians(points.latitude), np.radians(points.longitude)
    ring = np.cos(latitude)
    on_sphere = np.stack([ring * np.cos(longitude), ring * np.sin(longitude), np.sin(latitude)])
    waves = _waves(seed)
    cosines = np.empty((WAVES, latitude.size), dtype=np.float32)
    sines = np.empty_like(cosines)
    for k in range(WAVES):
        x, y, z = waves.wave_number[k] * waves.direction[k]
        angle = x * on_sphere[0] + y * on_sphere[1] + z * on_sphere[2]
        cosines[k], sines[k] = np.cos(angle), np.sin(angle)
    return cosines, sines


@lru_cache(maxsize=4)
def _cached_basis(seed: int, grid: Grid) -> tuple[_Single, _Single]:
    return _basis(seed, points_of(grid))
