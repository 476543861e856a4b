"""One GRIB message, read through ecCodes: this module is the only door to it.

ecCodes gives up the GIL in every call, so that messages can be decoded in parallel by threads.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import eccodes
import numpy as np
from numpy.typing import NDArray

from transforms.errors import UnreadableGranule
from transforms.fields import ALONE, Packing, Parameter, Product
from transforms.grids.gaussian import is_global
from transforms.grids.geometry import Geometry
from transforms.grids.layout import SPECTRAL
from transforms.levels import level
from transforms.lexicon import KNOWN, cf_unit, unlisted

MISSING_VALUE = 1e300
"""Stands for a missing value while decoding: no packing that is in use reaches it."""
MOST_POINTS = 1 << 28
MOST_GAUSSIAN_ROWS = 10240
"""Rows between pole and equator; finding those of a finer (or lying) grid takes minutes."""

FACETS = (
    "centre",
    "class",
    "dataset",
    "activity",
    "experiment",
    "generation",
    "model",
    "resolution",
    "stream",
    "expver",
    "system",
    "method",
    "origin",
)
TRAITS = (
    "percentileValue",
    "quantile",
    "derivedForecast",
    "probabilityType",
    "scaledValueOfLowerLimit",
    "scaledValueOfUpperLimit",
    "directionNumber",
    "frequencyNumber",
    "constituentType",
    "aerosolType",
)
ENSEMBLE_TYPES = frozenset({"cf", "pf"})
CALENDAR_UNITS = frozenset({3, 4, 5, 6, 7})
"""Units of steps (months to centuries) whose length depends on the date."""

GRID_KEYS = (
    "Ni",
    "Nj",
    "N",
    "Nside",
    "isOctahedral",
    "latitudeOfFirstGridPointInDegrees",
    "longitudeOfFirstGridPointInDegrees",
    "latitudeOfLastGridPointInDegrees",
    "longitudeOfLastGridPointInDegrees",
    "latitudeOfSouthernPoleInDegrees",
    "longitudeOfSouthernPoleInDegrees",
    "angleOfRotationInDegrees",
    "iScansNegatively",
    "jScansPositively",
    "jPointsAreConsecutive",
    "alternativeRowScanning",
    "LaDInDegrees",
    "LoVInDegrees",
    "Latin1InDegrees",
    "Latin2InDegrees",
    "orientationOfTheGridInDegrees",
    "projectionCentreFlag",
    "DxInMetres",
    "DyInMetres",
    "earthIsOblate",
    "earthMajorAxisInMetres",
    "earthMinorAxisInMetres",
    "radius",
)
SECOND_NAMES = {"Ni": "Nx", "Nj": "Ny", "DxInMetres": "DiInMetres", "DyInMetres": "DjInMetres"}
BOUNDED_PACKINGS = frozenset({"grid_simple", "grid_ccsds", "grid_jpeg", "grid_png"})
ASSUMED_BITS = 23
"""Differenced packings do not say how large their integers grow; hardly any passes this."""


@contextmanager
def opened(data: bytes, where: str) -> Iterator["Message"]:
    """Open one whole GRIB message; ``where`` names it in errors.

    Raises:
        UnreadableGranule: ecCodes cannot read the message, or what is asked of it.
    """
    handle = None
    try:
        handle = eccodes.codes_new_from_message(data)
        yield Message(handle)
    except (eccodes.CodesInternalError, ValueError, OverflowError) as error:
        raise UnreadableGranule(
            f"expected a GRIB message that ecCodes reads at {where}, came {error};"
            " fetch the granule again"
        ) from error
    finally:
        if handle is not None:
            eccodes.codes_release(handle)


class Message:
    """One GRIB message in memory, for as long as the context that opened it lasts."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def product(self) -> Product:
        """Read what the field is, apart from its date and its grid."""
        data_type = self._text("dataType")
        is_ensemble = data_type in ENSEMBLE_TYPES
        facets = {key: self._text(key) for key in FACETS}
        facets["type"] = "ensemble" if is_ensemble else data_type
        traits = {key: self._text(key) for key in TRAITS}
        value, top, bottom = (self._number(key) for key in ("level", "topLevel", "bottomLevel"))
        return Product(
            parameter=self._parameter(),
            level=level(self._level_kind(), value, top, bottom, self._whole("edition")),
            statistic=self._text("stepType"),
            facets=tuple((key, value) for key, value in facets.items() if value),
            traits=tuple((key, value) for key, value in traits.items() if value),
            member=self._whole("number", 0 if is_ensemble else ALONE),
            realization=self._whole("realization", ALONE),
            start_seconds=self._step_seconds("startStep"),
            end_seconds=self._step_seconds("endStep"),
        )

    def reference(self) -> int:
        """Read when the forecast or analysis began, in seconds since 1970."""
        date, clock = self._whole("dataDate"), self._whole("dataTime")
        # Day (and month) 0 is how monthly means of GRIB 1 say that they belong to no day
        year, month, day = date // 10000, max(date // 100 % 100, 1), max(date % 100, 1)
        moment = datetime(year, month, day, clock // 100, clock % 100, tzinfo=UTC)
        return int(moment.timestamp()) + self._whole("second")

    def has_fixed_steps(self) -> bool:
        """Return whether the steps last as long from any other date, unlike months."""
        units = ("indicatorOfUnitOfTimeRange", "unitOfTimeRange")
        is_instant = self._text("stepType") == "instant"
        return is_instant and not any(self._whole(unit) in CALENDAR_UNITS for unit in units)

    def packing(self) -> Packing:
        """Read how finely the values are held."""
        kind = self._text("packingType")
        if kind == "grid_ieee":
            return Packing(0.0, 0.0 if self._whole("precision") == 1 else np.inf)
        is_bounded = kind in BOUNDED_PACKINGS
        bits = self._whole("bitsPerValue") if is_bounded else ASSUMED_BITS
        scale = 10.0 ** -self._whole("decimalScaleFactor")
        step = 2.0 ** self._whole("binaryScaleFactor")
        base = self._number("referenceValue")
        peak = max(abs(base), abs(base + step * (2.0**bits - 1)))
        packing = Packing(step * scale if bits else 0.0, peak * scale)
        if is_bounded or packing.dtype == np.float32:
            return packing
        return Packing(packing.step, float(np.nanmax(np.abs(self.values()), initial=0.0)))

    def geometry(self) -> Geometry:
        """Read where the values lie; positions only where the keys do not say it all."""
        kind = self._text("gridType")
        keys = {key: self._number(key) for key in GRID_KEYS if self._has(key)}
        for key, second in SECOND_NAMES.items():
            if key not in keys and self._has(second):
                keys[key] = self._number(second)
        keys["isNested"] = float(self._text("orderingConvention") == "nested")
        side = int(keys.get("Nside", 0))
        told = Geometry(kind, self._points(), keys, self._points_per_row())
        is_told = (
            kind in SPECTRAL
            or kind == "regular_ll"
            or (kind == "healpix" and not side & (side - 1))
            or (kind == "reduced_gg" and is_global(told))
        )
        if is_told:
            return told
        latitudes, longitudes = self._positions()
        return replace(told, latitudes=latitudes, longitudes=longitudes)

    def values(self) -> NDArray[np.float64]:
        """Decode the values; missing ones are NaN."""
        self._points()
        eccodes.codes_set_double(self._handle, "missingValue", MISSING_VALUE)
        values: NDArray[np.float64] = eccodes.codes_get_double_array(self._handle, "values")
        values[values == MISSING_VALUE] = np.nan
        return values

    def _points(self) -> int:
        points = int(eccodes.codes_get_size(self._handle, "values"))
        stated = max(points, self._whole("numberOfDataPoints"))
        if not points or stated > MOST_POINTS:
            raise ValueError(f"a field of {stated} values (1 to {MOST_POINTS} are read)")
        if self._whole("N") > MOST_GAUSSIAN_ROWS:
            raise ValueError(f"a Gaussian grid of N={self._whole('N')}")
        return points

    def _positions(self) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        points = self._points()
        try:
            found = [
                eccodes.codes_get_double_array(self._handle, key)
                for key in ("latitudes", "longitudes")
            ]
        except eccodes.CodesInternalError:
            return None, None
        is_complete = all(array.size == points for array in found)
        return (found[0], found[1]) if is_complete else (None, None)

    def _points_per_row(self) -> tuple[int, ...]:
        if not self._whole("PLPresent"):
            return ()
        return tuple(int(n) for n in eccodes.codes_get_long_array(self._handle, "pl"))

    def _parameter(self) -> Parameter:
        number = self._whole("paramId")
        known, is_first = KNOWN.get(number), self._whole("edition") == 1
        # In GRIB 1, some centres give ECMWF's numbers to parameters of their own
        if known is not None and not (is_first and cf_unit(self._text("units")) != known.unit):
            return known
        return unlisted(
            number,
            self._text("cfVarName"),
            self._text("units"),
            self._text("name"),
            self._text("shortName"),
            "_".join(self._text(key) for key in self._numbers() if self._has(key)),
        )

    def _numbers(self) -> tuple[str, ...]:
        if self._whole("edition") == 1:
            return "centre", "table2Version", "indicatorOfParameter"
        return "discipline", "parameterCategory", "parameterNumber"

    def _level_kind(self) -> str:
        kind = self._text("typeOfLevel")
        if kind not in {"unknown", ""}:
            return kind
        is_first = self._whole("edition") == 1
        return "level_type_" + self._text(
            "indicatorOfTypeOfLevel" if is_first else "typeOfFirstFixedSurface"
        )

    def _step_seconds(self, key: str) -> int:
        eccodes.codes_set_string(self._handle, "stepUnits", "s")
        return self._whole(key)

    def _has(self, key: str) -> bool:
        return bool(
            eccodes.codes_is_defined(self._handle, key)
            and not eccodes.codes_is_missing(self._handle, key)
        )

    def _text(self, key: str) -> str:
        return str(eccodes.codes_get_string(self._handle, key)) if self._has(key) else ""

    def _whole(self, key: str, default: int = 0) -> int:
        return int(eccodes.codes_get_long(self._handle, key)) if self._has(key) else default

    def _number(self, key: str) -> float:
        return float(eccodes.codes_get_double(self._handle, key)) if self._has(key) else 0.0
