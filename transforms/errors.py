"""What can go wrong between a granule and its cube.

    TransformError
    ├── UnreadableGranule     the bytes are not what they claim to be, or are damaged
    ├── UnsupportedGrid       every field lies on a grid that a cube cannot keep
    ├── NothingToConvert      the granules are sound, and nothing in them is wanted
    ├── FieldsMissing         fewer fields came than were ordered
    ├── TargetOccupied        something that is no Zarr store lies where the cube should go
    ├── ReadBackMismatch      the store that was written does not hold the source's values
    ├── DoesNotFit            the growing cube has other axes, variables or grid than the item
    ├── GrowthFailed          the growing cube could not be read, written or committed to
    ├── ExecutorUnavailable   there is nobody to carry out the plan, or they lack what it takes
    ├── MemoryExhausted       the conversion needed more memory than it may use
    ├── ConversionTimedOut    the conversion did not end within its deadline
    ├── ConverterDied         the converting process was ended from outside, or never started
    └── ConverterFailed       the converter met an error that it has no name for

``is_final`` says what to do: a final error makes the granule invalid (never retried); any other
makes it failed (retried).
"""

from typing import ClassVar


class TransformError(Exception):
    """A conversion did not give a cube."""

    is_final: ClassVar[bool] = False


class UnreadableGranule(TransformError):
    """The bytes are not what they claim to be: another format, truncated or corrupt."""

    is_final = True


class UnsupportedGrid(TransformError):
    """Every field lies on a grid that a cube cannot keep, such as spherical harmonics."""

    is_final = True


class NothingToConvert(TransformError):
    """The granules can be read, but hold no field that the recipe keeps."""

    is_final = True


class FieldsMissing(TransformError):
    """Fewer fields came than were ordered, and the provider said nothing of it."""

    is_final = True


class TargetOccupied(TransformError):
    """Something that is no Zarr store lies where the cube should go; nothing was touched."""

    is_final = True


class ReadBackMismatch(TransformError):
    """The store, read back, does not hold what the source holds; it must not be published."""


class DoesNotFit(TransformError):
    """The growing cube has other axes, variables or grid; the item's own cube holds its data."""

    is_final = True


class GrowthFailed(TransformError):
    """The growing cube could not be read, written or committed to; it is as it was before."""


class ExecutorUnavailable(TransformError):
    """There is nobody to carry out the plan, or they cannot reach what it reads and writes."""


class MemoryExhausted(TransformError):
    """The conversion needed more memory than its process may use."""


class ConversionTimedOut(TransformError):
    """The conversion did not end within its deadline, and its process was ended."""


class ConverterDied(TransformError):
    """The converting process was ended from outside or could not start: no fault of the bytes."""


class ConverterFailed(TransformError):
    """The converter met an error that it has no name for; the message carries its traceback."""
