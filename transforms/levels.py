"""Vertical positions: how each kind of level is called, measured and counted."""

import re
from dataclasses import dataclass
from typing import Any

from transforms.fields import Level


@dataclass(frozen=True, slots=True)
class LevelKind:
    """What CF says of one kind of level. ``stem`` begins the names of its groups."""

    stem: str
    coordinate: str
    unit: str
    standard_name: str | None = None
    positive: str | None = None
    long_name: str = ""

    def attributes(self) -> dict[str, Any]:
        """Return the CF attributes of the coordinate."""
        given = {
            "standard_name": self.standard_name,
            "long_name": self.long_name or self.stem.replace("_", " "),
            "units": self.unit,
            "positive": self.positive,
            "axis": "Z",
        }
        return {name: value for name, value in given.items() if value is not None}


KINDS = {
    "isobaricInhPa": LevelKind("isobaric", "level", "hPa", "air_pressure", "down", "pressure"),
    "isobaricLayer": LevelKind("isobaric_layer", "level", "hPa", "air_pressure", "down"),
    "heightAboveGround": LevelKind("height", "height", "m", "height", "up"),
    "heightAboveGroundLayer": LevelKind("height_layer", "height", "m", "height", "up"),
    "heightAboveSea": LevelKind("altitude", "altitude", "m", "altitude", "up"),
    "heightAboveSeaLayer": LevelKind("altitude_layer", "altitude", "m", "altitude", "up"),
    "depthBelowLand": LevelKind("soil_depth", "depth", "m", "depth", "down"),
    "depthBelowLandLayer": LevelKind("soil_layer", "depth", "m", "depth", "down"),
    "depthBelowSea": LevelKind("sea_depth", "depth", "m", "depth", "down"),
    "depthBelowSeaLayer": LevelKind("sea_layer", "depth", "m", "depth", "down"),
    "oceanModel": LevelKind("ocean_level", "level", "1", "model_level_number", "down"),
    "oceanModelLayer": LevelKind("ocean_layer", "level", "1", "model_level_number", "down"),
    "hybrid": LevelKind("model_level", "level", "1", "model_level_number", "down"),
    "hybridLayer": LevelKind("model_layer", "level", "1", "model_level_number", "down"),
    "snowLayer": LevelKind("snow_layer", "level", "1", "model_level_number", "down"),
    "soilLayer": LevelKind("soil_level", "level", "1", "model_level_number", "down"),
    "seaIceLayer": LevelKind("sea_ice_layer", "level", "1", "model_level_number", "down"),
    "sigma": LevelKind("sigma", "sigma", "1", "atmosphere_sigma_coordinate", "down"),
    "sigmaLayer": LevelKind("sigma_layer", "sigma", "1", "atmosphere_sigma_coordinate", "down"),
    "theta": LevelKind("theta", "theta", "K", "air_potential_temperature", "up"),
    "potentialVorticity": LevelKind(
        "potential_vorticity", "potential_vorticity", "1e-9 K m2 kg-1 s-1"
    ),
    "pressureFromGround": LevelKind("pressure_above_ground", "pressure_depth", "Pa"),
    "pressureFromGroundLayer": LevelKind("pressure_layer", "pressure_depth", "Pa"),
}

SAME_KIND = {"isobaricInPa": ("isobaricInhPa", 0.01)}
"""Kinds that differ only in their unit, and the factor into the one that is kept."""

GRIB1_FACTORS = {
    "depthBelowLand": 0.01,
    "depthBelowLandLayer": 0.01,
    "heightAboveGroundLayer": 100.0,
    "heightAboveSeaLayer": 100.0,
    "pressureFromGround": 100.0,
    "pressureFromGroundLayer": 100.0,
    "sigma": 0.0001,
    "sigmaLayer": 0.01,
}
"""GRIB 1 counts these in cm, hm, hPa, 1/10000 and 1/100 (WMO code table 3); GRIB 2 in SI."""

SIGN_BIT = 2**31


def kind_of(name: str) -> LevelKind:
    """Return what is known of a kind of level; an unknown one is named after itself."""
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return KINDS.get(name, LevelKind(stem, "level", "1"))


def level(kind: str, value: float, top: float, bottom: float, edition: int) -> Level:
    """Return a level in the unit of its kind, whatever the edition of GRIB that wrote it."""
    kept, factor = SAME_KIND.get(kind, (kind, 1.0))
    if edition == 1:
        factor *= GRIB1_FACTORS.get(kind, 1.0)
    if kind not in KINDS and kind not in SAME_KIND:
        return Level(kept, value, top, bottom)
    return Level(kept, *(_scaled(number, factor) for number in (value, top, bottom)))


def _scaled(number: float, factor: float) -> float:
    # ecCodes 2.42 reads the sign bit of some scaled surfaces as a part of the number
    signed = SIGN_BIT - number if number >= SIGN_BIT else number
    return round(signed * factor, 9)
