"""Makers of cubes and metrics tables, sound unless told otherwise."""

from typing import Any

import pandas as pd

from lake.nouns import Axis, Cube, Hypercube, Variable, Verdict
from transforms.quality.evidence import METRICS
from transforms.quality.judge import judge

BOUNDS = {"air_temperature": (150.0, 360.0), "air_pressure_at_mean_sea_level": (85e3, 110e3)}


def physical(standard_name: str, unit: str | None = None) -> tuple[float, float] | None:
    return None if unit == "degC" else BOUNDS.get(standard_name)


def times(count: int) -> list[str]:
    return [f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z" for hour in range(count)]


def field(number: int = 0, **facts: Any) -> dict[str, Any]:
    sound = {
        "group": "",
        "variable": "t2m",
        "standard_name": "air_temperature",
        "unit": "K",
        "time": times(number + 1)[number],
        "level": None,
        "member": None,
        "count": 100,
        "missing": 0,
        "minimum": 240.0 + number / 100,
        "maximum": 310.0,
        "mean": 280.0,
        "std": 12.0,
    }
    return sound | {"digest": f"{facts.get('variable', 't2m')}-{number}"} | facts


def metrics(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(METRICS))


def series(number_of: int, /, **facts: Any) -> list[dict[str, Any]]:
    return [field(number, **facts) for number in range(number_of)]


def cube(*variables: str, group: str = "", axes: tuple[Axis, ...] | None = None) -> Cube:
    if axes is None:
        axes = (
            Axis("time", "time", 3, times(3)[0], times(3)[-1]),
            Axis("latitude", "spatial", 10, 90.0, -90.0, "degrees_north"),
            Axis("longitude", "spatial", 10, 0.0, 359.0, "degrees_east"),
        )
    names = tuple(axis.name for axis in axes)
    shape = tuple(axis.size for axis in axes)
    held = tuple(Variable(name, names, shape, "float32") for name in variables or ("t2m",))
    hypercubes = (Hypercube(group, axes, held, "regular_ll"),)
    return Cube("memory", "00", 1, hypercubes, None, None, (-180, -90, 180, 90), 3, 3)


def judged(*asked: Any, **options: Any) -> Verdict:
    return judge(*asked, **options).verdict
