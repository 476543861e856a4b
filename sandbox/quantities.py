"""What the sandbox can measure: each quantity with its physics in one line and its limits.

Names and units are ECMWF's (parameter database, ``codes.ecmwf.int/grib/param-db``).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sandbox.fields import Fields, Moment, Values
from sandbox.grids import Grid, HealpixGrid, points_of

GRAVITY = 9.80665
SURFACE_HPA = 1000.0
FREEZING_SEA_KELVIN = 271.35
SEA_FRACTION = 0.7
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Sky:
    """One moment over one grid, as the formulas see it. Latitude in radians."""

    fields: Fields
    grid: Grid
    moment: Moment

    @property
    def latitude(self) -> Values:
        """In radians."""
        return np.radians(points_of(self.grid).latitude)

    @property
    def summer(self) -> Values:
        """+1 where it is high summer, -1 in deep winter, about 0 at the equator."""
        days = self.moment.hours / 24 % 365.25
        return np.asarray(np.sin(self.latitude) * np.cos(2 * np.pi * (days - 200) / 365.25))

    @property
    def afternoon(self) -> Values:
        """+1 at two in the afternoon by the sun, -1 at two in the night, fading to the poles."""
        solar_hours = self.moment.hours + points_of(self.grid).longitude / 15
        return np.cos(2 * np.pi * (solar_hours - 14) / 24) * np.cos(self.latitude)

    @property
    def land(self) -> NDArray[np.bool_]:
        """True on land; it does not move."""
        return np.asarray(self.fields.noise(self.grid, "land", Moment(0.0)) > _coast(self.fields))

    @property
    def level_hpa(self) -> float:
        """The pressure; at the surface about 1000 hPa."""
        return self.moment.level_hpa or SURFACE_HPA

    def noise(self, name: str) -> Values:
        """Weather of variance 1."""
        return self.fields.noise(self.grid, name, self.moment)


Formula = Callable[[Sky], Values]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One parameter. Values beyond ``least`` and ``most`` are cut, missing ones are NaN."""

    name: str
    short_name: str
    param_id: int
    units: str
    least: float
    most: float
    formula: Formula
    accumulates: bool = False

    def values(self, fields: Fields, grid: Grid, moment: Moment) -> Values:
        """The field on the grid's points, one value a point."""
        return np.clip(self.formula(Sky(fields, grid, moment)), self.least, self.most)


def hours_since_epoch(time: datetime) -> float:
    """The ``hours`` of a moment."""
    return (time - _EPOCH) / timedelta(hours=1)


@lru_cache(maxsize=8)
def _coast(fields: Fields) -> float:
    """The noise above which there is land, found on a grid of equal areas."""
    noise = fields.noise(HealpixGrid(16, nested=True), "land", Moment(0.0))
    return float(np.quantile(noise, SEA_FRACTION))


def _warmth(sky: Sky) -> Values:
    return 301 - 48 * np.sin(sky.latitude) ** 2 + 11 * sky.summer + 5 * sky.noise("warmth")


def _two_metre_temperature(sky: Sky) -> Values:
    return _warmth(sky) + 4 * sky.afternoon * np.where(sky.land, 1.0, 0.2)


def _dew_point(sky: Sky) -> Values:
    dew_point = _warmth(sky) - 4 + 3 * sky.noise("dryness")
    return np.asarray(np.minimum(dew_point, _two_metre_temperature(sky)))


def _sea_level_pressure(sky: Sky) -> Values:
    belts = 500 * np.cos(6 * sky.latitude) - 250 * np.cos(2 * sky.latitude)
    storms = 800 * np.abs(np.sin(sky.latitude)) * sky.noise("pressure")
    return np.asarray(101_200 + belts + storms)


def _height_metres(sky: Sky) -> Values:
    above = sky.fields.noise(sky.grid, "land", Moment(0.0)) - _coast(sky.fields)
    return 900 * np.maximum(above, 0)


def _surface_pressure(sky: Sky) -> Values:
    return _sea_level_pressure(sky) * np.exp(-_height_metres(sky) / 8000)


def _eastward(sky: Sky) -> Values:
    aloft = 1 + 2.5 * (1 - sky.level_hpa / SURFACE_HPA)
    return aloft * (-6 * np.cos(3 * sky.latitude) * np.cos(sky.latitude) + 4 * sky.noise("u"))


def _northward(sky: Sky) -> Values:
    return (1 + 1.5 * (1 - sky.level_hpa / SURFACE_HPA)) * 4 * sky.noise("v")


def _rain(sky: Sky) -> Values:
    return 0.0009 * np.maximum(sky.noise("rain") + 0.3 * np.cos(4 * sky.latitude) - 0.5, 0) ** 2


def _cloud(sky: Sky) -> Values:
    return 0.55 + 0.4 * sky.noise("rain")


def _sea_surface(sky: Sky) -> Values:
    sea = np.maximum(_warmth(sky) - 1 + 1.5 * sky.noise("sst"), FREEZING_SEA_KELVIN)
    return np.where(sky.land, np.nan, sea)


def _sea_ice(sky: Sky) -> Values:
    return np.clip((269 - _warmth(sky)) / 6, 0, 1) * np.where(sky.land, np.nan, 1.0)


def _upper_temperature(sky: Sky) -> Values:
    lapse = (sky.level_hpa / SURFACE_HPA) ** 0.19
    return np.asarray(np.maximum(_warmth(sky) * lapse, 205 + 4 * sky.noise("stratosphere")))


def _geopotential(sky: Sky) -> Values:
    scale_metres = 29.3 * (0.6 * _warmth(sky) + 0.4 * 225)
    return GRAVITY * scale_metres * math.log(1013 / sky.level_hpa) + 300 * sky.noise("pressure")


def _humidity_percent(sky: Sky) -> Values:
    return 55 * (0.4 + 0.6 * sky.level_hpa / SURFACE_HPA) + 22 * sky.noise("humidity")


def _specific_humidity(sky: Sky) -> Values:
    celsius = _upper_temperature(sky) - 273.15
    saturation_hpa = 6.112 * np.exp(17.67 * celsius / (celsius + 243.5))
    fraction = np.clip(_humidity_percent(sky), 1, 100) / 100
    return 0.622 * fraction * saturation_hpa / sky.level_hpa


def _lifting(sky: Sky) -> Values:
    return 0.25 * sky.noise("lifting")


_SURFACE = (
    Quantity("2m_temperature", "2t", 167, "K", 200, 320, _two_metre_temperature),
    Quantity("2m_dewpoint_temperature", "2d", 168, "K", 190, 310, _dew_point),
    Quantity("mean_sea_level_pressure", "msl", 151, "Pa", 95_000, 105_000, _sea_level_pressure),
    Quantity("surface_pressure", "sp", 134, "Pa", 50_000, 105_000, _surface_pressure),
    Quantity("10m_u_component_of_wind", "10u", 165, "m s**-1", -50, 50, _eastward),
    Quantity("10m_v_component_of_wind", "10v", 166, "m s**-1", -50, 50, _northward),
    Quantity("total_precipitation", "tp", 228, "m", 0, 0.05, _rain, accumulates=True),
    Quantity("total_cloud_cover", "tcc", 164, "(0 - 1)", 0, 1, _cloud),
    Quantity("sea_surface_temperature", "sst", 34, "K", 270, 310, _sea_surface),
    Quantity("sea_ice_cover", "ci", 31, "(0 - 1)", 0, 1, _sea_ice),
)
_UPPER = (
    Quantity("temperature", "t", 130, "K", 180, 330, _upper_temperature),
    Quantity("geopotential", "z", 129, "m**2 s**-2", -6000, 500_000, _geopotential),
    Quantity("u_component_of_wind", "u", 131, "m s**-1", -120, 120, _eastward),
    Quantity("v_component_of_wind", "v", 132, "m s**-1", -100, 100, _northward),
    Quantity("relative_humidity", "r", 157, "%", 0, 100, _humidity_percent),
    Quantity("specific_humidity", "q", 133, "kg kg**-1", 0, 0.04, _specific_humidity),
    Quantity("vertical_velocity", "w", 135, "Pa s**-1", -3, 3, _lifting),
)

SURFACE: Mapping[str, Quantity] = MappingProxyType({q.name: q for q in _SURFACE})
UPPER: Mapping[str, Quantity] = MappingProxyType({q.name: q for q in _UPPER})
"""By the names of the Climate Data Store."""
