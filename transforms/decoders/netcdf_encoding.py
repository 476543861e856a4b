"""How a NetCDF file holds numbers: what stands for a missing value, and how they are packed.

Source: NetCDF Users Guide, attribute conventions, as the netCDF4 library for Python applies them.
"""

from dataclasses import dataclass, replace
from typing import Any

import netCDF4
import numpy as np

from transforms.fields import Packing
from transforms.plans import Values

Number = Any
"""A numpy scalar of the type that the file gives it: its type decides that of the result."""
VALID_RANGE = frozenset({"valid_min", "valid_max", "valid_range"})
MISSING = ("_FillValue", "missing_value")
SCALING = ("scale_factor", "add_offset")


@dataclass(frozen=True, slots=True)
class Encoding:
    """From the numbers of a file to the values that are kept.

    ``seen`` is the type as which the stored numbers are taken, ``dtype`` that of the result and
    ``fill`` what it holds where a value is missing (None where none can be). ``scale`` and
    ``offset`` are those of packed numbers, which stay packed where ``is_kept`` says so.
    """

    seen: np.dtype[Any]
    dtype: np.dtype[Any]
    fill: float | int | None
    missing: tuple[Number, ...] = ()
    lowest: Number = None
    highest: Number = None
    scale: Number = None
    offset: Number = None
    is_kept: bool = False

    @property
    def is_packed(self) -> bool:
        """Whether the file's numbers are not in physical units."""
        return self.scale is not None or self.offset is not None

    def decoded(self, stored: Values) -> Values:
        """Return stored numbers as values; the array given may be changed and handed back."""
        numbers = stored.astype(stored.dtype.newbyteorder("="), copy=False).view(self.seen)
        absent = None if self.fill is None else self._absent(numbers)
        values = numbers if self.is_kept else self._unpacked(numbers)
        values = values.astype(self.dtype, copy=False)
        if absent is not None and absent.any():
            values[absent] = self.fill
        return values

    def unpacked(self) -> "Encoding":
        """Return the same encoding with values in physical units."""
        if not self.is_kept:
            return self
        dtype = _physical(self.seen, self.scale, self.offset)
        return replace(self, dtype=dtype, fill=float("nan"), is_kept=False)

    def _absent(self, numbers: Values) -> Values | None:
        found: list[Values] = [numbers == number for number in self.missing]
        if self.lowest is not None:
            found.append(numbers < self.lowest)
        if self.highest is not None:
            found.append(numbers > self.highest)
        return np.logical_or.reduce(found) if found else None

    def _unpacked(self, numbers: Values) -> Values:
        if self.scale in (None, 1) and self.offset in (None, 0):
            return numbers
        # What packs values near the limits of their type may exceed them
        with np.errstate(over="ignore", invalid="ignore"):
            scaled: Values = numbers if self.scale is None else numbers * self.scale
            return scaled if self.offset is None else scaled + self.offset


def encoding_of(variable: Any) -> Encoding:  # noqa: ANN401 - the library has no types
    """Return how a variable of numbers is held; whole numbers stay packed where they can."""
    held = np.dtype(variable.dtype).newbyteorder("=")
    seen = _seen(variable, held)
    scale, offset = _scaling(variable)
    is_packed = scale is not None or offset is not None
    missing = _missing(variable, held, seen)
    lowest, highest = _range(variable, held, seen)
    is_ranged = lowest is not None or highest is not None
    found = Encoding(seen, seen, float("nan"), missing, lowest, highest, scale, offset)
    if seen.kind == "f":
        return replace(found, dtype=np.dtype("float64")) if is_packed else found
    if is_packed and ((is_ranged and not missing) or not _is_sound(scale, offset)):
        return replace(found, dtype=_physical(seen, scale, offset))
    can_miss = is_packed or is_ranged or any(hasattr(variable, name) for name in MISSING)
    if not can_miss or not (missing or is_ranged):
        return replace(found, fill=None, is_kept=is_packed)
    fill = missing[0] if missing else netCDF4.default_fillvals[seen.str[1:]]
    return replace(found, fill=int(fill), is_kept=is_packed)


def _seen(variable: Any, held: np.dtype[Any]) -> np.dtype[Any]:  # noqa: ANN401 - no types
    """Return the type that ``_Unsigned`` gives to whole numbers."""
    is_unsigned = str(getattr(variable, "_Unsigned", "")) in {"true", "True"}
    return np.dtype(f"u{held.itemsize}") if is_unsigned and held.kind == "i" else held


def _scaling(variable: Any) -> tuple[Number, Number]:  # noqa: ANN401 - no types
    """Return scale and offset; what is no number, as some files have it, unpacks nothing."""
    given = [getattr(variable, name, None) for name in SCALING]
    if any(number is not None and np.asarray(number).dtype.kind not in "iuf" for number in given):
        return None, None
    if any(np.ndim(number) for number in given if number is not None):
        return None, None
    return given[0], given[1]


def _is_sound(scale: Number, offset: Number) -> bool:
    """Return whether a reader of the cube can unpack with these."""
    return scale != 0 and all(np.isfinite(n) for n in (scale, offset) if n is not None)


def _missing(variable: Any, held: np.dtype[Any], seen: np.dtype[Any]) -> tuple[Number, ...]:  # noqa: ANN401 - no types
    """Return the numbers that stand for missing values, those that the file names first."""
    named = [_fitting(variable, name, held) for name in MISSING]
    if not named[0].size and held == seen and _is_filled(variable, held):
        named.append(np.array([netCDF4.default_fillvals[held.str[1:]]], held))
    found = np.concatenate([named[0][:1], *named[1:]]).view(seen)
    return tuple(dict.fromkeys(number for number in found if not np.isnan(number)))


def _is_filled(variable: Any, held: np.dtype[Any]) -> bool:  # noqa: ANN401 - no types
    """Return whether the default stands for missing values: in bytes only if it was written."""
    is_byte = held.itemsize == 1
    return not is_byte or hasattr(variable, "_FillValue") or variable.get_fill_value() is not None


def _range(
    variable: Any,  # noqa: ANN401 - no types
    held: np.dtype[Any],
    seen: np.dtype[Any],
) -> tuple[Number, Number]:
    both = _fitting(variable, "valid_range", held).view(seen)
    if both.size == len(("lowest", "highest")):
        return both[0], both[1]
    ends = [_fitting(variable, name, held).view(seen) for name in ("valid_min", "valid_max")]
    lowest, highest = (end[0] if end.size else None for end in ends)
    return lowest, highest


def _fitting(variable: Any, name: str, held: np.dtype[Any]) -> Values:  # noqa: ANN401 - no types
    """Return an attribute's numbers in the variable's type; none where that would change them."""
    given = np.atleast_1d(getattr(variable, name, np.array([], held))).ravel()
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            found = given.astype(held)
    except (ValueError, OverflowError):
        return np.array([], held)
    is_same = given.dtype.kind in "iuf" and bool(((found == given) | (found != found)).all())  # noqa: PLR0124 - NaN is not itself
    return found if is_same else np.array([], held)


def _physical(seen: np.dtype[Any], scale: Number, offset: Number) -> np.dtype[Any]:
    """Return the smallest float that keeps neighbouring packed numbers apart."""
    step = 1.0 if scale is None else float(scale)
    base = 0.0 if offset is None else float(offset)
    limits = np.iinfo(seen)
    peak = max(abs(float(raw) * step + base) for raw in (limits.min, limits.max))
    return Packing(abs(step), peak).dtype
