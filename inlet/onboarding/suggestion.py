"""What is proposed from a sample: variables, ranges, chunks, when to harvest and how far back."""

import math
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from inlet import evidence, places
from inlet.onboarding.blueprint import COLLECTIONS, Blueprint, dumped, loaded
from inlet.onboarding.findings import Cadence, Probe, Ranged, Sample
from inlet.onboarding.sampling import Sampling
from lake.ledger.items import LedgeredItem
from lake.nouns import Cube

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = 2
_MISSING_MORE = 0.05


def sampled(sampling: Sampling, seconds: float) -> Iterator[Sample]:
    """Yield what a sample holds and what follows from it; nothing where none came."""
    made = sampling.cube()
    if made is None:
        return
    row, cube = made
    table = evidence.metrics(sampling.house, row)
    variables = tuple(_ranged(str(name), mine) for name, mine in table.groupby("variable"))
    yield Sample(
        collection=sampling.collection,
        item=row.key,
        size=cube.size,
        seconds=seconds,
        variables=variables,
        chunks=_chunks(sampling, row, cube),
        picture=sampling.picture,
    )


def completed(blueprint: Blueprint, probe: Probe) -> Blueprint:
    """Return the files with what the probe proposes, where they leave it open."""
    files = dict(blueprint.files)
    cadences = {cadence.collection: cadence for cadence in probe.cadences}
    for sample in probe.samples:
        path = f"{COLLECTIONS}/{sample.collection}.yaml"
        files[path] = _completed(files[path], sample, cadences.get(sample.collection))
    return Blueprint(blueprint.provider, files)


def _completed(text: str, sample: Sample, cadence: Cadence | None) -> str:
    document = loaded(text)
    if cadence is not None and cadence.schedule is not None:
        document.setdefault("schedule", cadence.schedule)
    if cadence is not None and cadence.lateness is not None:
        for source in document["sources"]:
            source.setdefault("lateness", cadence.lateness)
    names = [variable.name for variable in sample.variables]
    document.setdefault("recipe", {"variables": names, "chunks": dict(sample.chunks)})
    document.setdefault("quality", _suite(document, sample))
    last = document.pop("stac", None)  # what the data are comes before what is told of them
    if last is not None:
        document["stac"] = last
    return dumped(document)


def _suite(document: Mapping[str, Any], sample: Sample) -> MutableMapping[str, Any]:
    rules = {variable.name: _rule(variable) for variable in sample.variables}
    return {
        "name": str(document["id"]),
        "version": "1",
        "complete": [{"variables": [variable.name for variable in sample.variables]}],
        "variables": rules,
    }


def _rule(variable: Ranged) -> dict[str, Any]:
    between = {} if variable.between is None else {"between": list(variable.between)}
    return {**between, "missing_at_most": _share(variable.missing)}


def _ranged(name: str, table: "pd.DataFrame") -> Ranged:
    from transforms.lexicon import bounds  # noqa: PLC0415 - parsing stays light

    first = table.iloc[0]
    low, high = _number(table["minimum"].min()), _number(table["maximum"].max())
    cells = table["count"] + table["missing"]
    standard, unit = _text(first["standard_name"]), _text(first["unit"])
    known = bounds(standard, unit) if standard is not None else None
    return Ranged(
        name=name,
        standard_name=standard,
        unit=unit,
        fields=len(table),
        minimum=low,
        maximum=high,
        missing=float((table["missing"] / cells.clip(lower=1)).max()),
        between=None if known or low is None or high is None else widened(low, high),
    )


def widened(low: float, high: float) -> tuple[float, float]:
    """Return a range three times as wide as the one observed, outward to two digits.

    What is never below zero is taken never to be.
    """
    span = (high - low) or abs(high) or 1.0
    least, most = _outward(low - span, down=True), _outward(high + span, down=False)
    return (0.0 if low >= 0 > least else least), most


def _outward(value: float, *, down: bool) -> float:
    if value == 0:
        return 0.0
    finite = _finite(value)
    exponent = math.floor(math.log10(abs(finite))) - _DIGITS + 1
    step = max(10.0**exponent, sys.float_info.min)
    rounded = (math.floor if down else math.ceil)(finite / step) * step
    return _finite(float(f"{rounded:.{_DIGITS + 2}g}"))


def _finite(value: float) -> float:
    return max(-sys.float_info.max, min(value, sys.float_info.max))


def _share(missing: float) -> float:
    """Return a share a little above what was missing of the sample."""
    return 0.0 if missing == 0 else min(1.0, math.ceil((missing + _MISSING_MORE) * 20) / 20)


def _chunks(sampling: Sampling, row: LedgeredItem, cube: Cube) -> dict[str, int]:
    """Return how far the chunks of the largest array extend along each kind of axis."""
    import zarr  # noqa: PLC0415 - parsing stays light

    hypercube = max(cube.hypercubes, key=lambda h: math.prod(axis.size for axis in h.axes))
    variable = max(hypercube.variables, key=lambda v: math.prod(v.shape))
    kinds = {axis.name: axis.kind for axis in hypercube.axes}
    store = sampling.house.store.url(places.cube(row))
    array = zarr.open_array(
        f"{store}/{hypercube.group}/{variable.name}".replace("//", "/"), mode="r"
    )
    extents: dict[str, int] = {}
    for name, extent in zip(variable.dimensions, array.chunks, strict=True):
        kind = kinds.get(name, "other")
        if kind in {"time", "level", "member", "spatial"}:
            extents[kind] = max(extent, extents.get(kind, 1))
    return extents


def _number(value: object) -> float | None:
    number = float(str(value))
    return number if math.isfinite(number) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
