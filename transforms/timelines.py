"""The time coordinates of a hypercube."""

import numpy as np
from numpy.typing import NDArray

from lake.nouns import Axis
from transforms.plans import Coordinate, Labels
from transforms.products import Timeline

EPOCH = {"units": "seconds since 1970-01-01T00:00:00", "calendar": "proleptic_gregorian"}
VALID = {"standard_name": "time", "long_name": "valid time"} | EPOCH
REFERENCE = {"standard_name": "forecast_reference_time", "long_name": "start of the forecast"}
STEP = {"standard_name": "forecast_period", "long_name": "time since the start of the forecast"}
HOUR_SECONDS = 3600


def time_dimensions(timeline: Timeline) -> tuple[str, ...]:
    """Return the names of the time axes."""
    return ("time",) if timeline.is_valid_time else ("forecast_reference_time", "step")


def time_coordinates(timeline: Timeline) -> tuple[Coordinate, ...]:
    """Return valid time, reference time and step, each along the axes that it varies over."""
    if timeline.is_valid_time:
        return _along_valid_time(timeline)
    references, steps = np.array(timeline.references), np.array(timeline.steps)
    valid = references[:, None] + steps[None, :]
    return (
        _reference(("forecast_reference_time",), references, {"axis": "T"}),
        _step(("step",), steps),
        Coordinate("time", ("forecast_reference_time", "step"), valid, VALID),
    )


def time_axes(timeline: Timeline) -> tuple[Axis, ...]:
    """Return the time axes, first and last as ISO times, or as hours for steps."""
    if timeline.is_valid_time:
        valid = [place.valid for place in timeline.places]
        return (Axis("time", "time", len(valid), iso_time(valid[0]), iso_time(valid[-1])),)
    references, steps = timeline.references, timeline.steps
    first, last = iso_time(references[0]), iso_time(references[-1])
    return (
        Axis("forecast_reference_time", "time", len(references), first, last),
        Axis("step", "time", len(steps), steps[0] / 3600, steps[-1] / 3600, "hours"),
    )


def valid_times(timeline: Timeline) -> Labels:
    """Return the valid times along the time axes."""
    values = next(c.values for c in time_coordinates(timeline) if c.name == "time")
    return Labels(time_dimensions(timeline), values.astype("datetime64[s]"))


def iso_time(seconds: int) -> str:
    """Return seconds since 1970 as an ISO time in UTC."""
    return f"{np.datetime64(int(seconds), 's')}Z"


def _along_valid_time(timeline: Timeline) -> tuple[Coordinate, ...]:
    valid, references = np.array(timeline.places).T
    steps = valid - references
    return (
        Coordinate("time", ("time",), valid, VALID | {"axis": "T"}),
        _reference(*_squeezed(references), {}),
        _step(*_squeezed(steps)),
    )


def _squeezed(values: NDArray[np.int64]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    if (values == values[0]).all():
        return (), values[0]
    return ("time",), values


def _reference(
    dimensions: tuple[str, ...], values: NDArray[np.int64], more: dict[str, str]
) -> Coordinate:
    return Coordinate("forecast_reference_time", dimensions, values, REFERENCE | EPOCH | more)


def _step(dimensions: tuple[str, ...], seconds: NDArray[np.int64]) -> Coordinate:
    hours = np.asarray(seconds) / HOUR_SECONDS
    return Coordinate("step", dimensions, hours, STEP | {"units": "hours"})
