"""When a forecast began and how far it looks, in the words of STAC's forecast extension, 0.2."""

from collections.abc import Iterable
from typing import Any

from lake.nouns import Axis, Hypercube

SCHEMA = "https://stac-extensions.github.io/forecast/v0.2.0/schema.json"
_REFERENCE, _STEP = "forecast_reference_time", "step"


def describe_forecast(hypercubes: Iterable[Hypercube]) -> dict[str, Any]:
    """Return ``forecast:…``: of one start where all agree on it, of one horizon likewise."""
    axes = [axis for hypercube in hypercubes for axis in hypercube.axes]
    reference, step = _only(axes, _REFERENCE), _only(axes, _STEP)
    if not isinstance(reference, str):
        return {}
    described: dict[str, Any] = {"forecast:reference_datetime": reference}
    if isinstance(step, float | int):
        described["forecast:horizon"] = f"PT{step:g}H"
    return described


def _only(axes: Iterable[Axis], name: str) -> str | float | None:
    """Return the one value that every axis of that name has; None where there are several."""
    ends = {end for axis in axes if axis.name == name for end in (axis.first, axis.last)}
    return ends.pop() if len(ends) == 1 else None
