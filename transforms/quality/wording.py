"""How findings speak: what was expected and what was observed, each in one phrase.

Every function takes the rows of one subject and those of them that failed, maybe none.
"""

from typing import NamedTuple

import pandas as pd

from transforms.quality.evidence import FINITE


class Said(NamedTuple):
    """What was expected of a subject, and what was observed."""

    expected: str
    observed: str


def of_range(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of the lowest and the highest value."""
    lower, upper = rows["lower"].iloc[0], rows["upper"].iloc[0]
    unit = rows["unit"].iloc[0]
    unit = f" {unit}" if isinstance(unit, str) else ""
    observed = f"{rows['minimum'].min():.6g} to {rows['maximum'].max():.6g}{unit}"
    is_bounded = lower > -FINITE or upper < FINITE
    expected = f"{lower:g} to {upper:g}{unit}" if is_bounded else "finite numbers"
    return Said(expected, observed + _where(rows, failed))


def of_missing(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of the cells without a value."""
    worst = rows["missing_share"].max()
    observed = "a field in which nothing was measured" if worst == 1 else f"{100 * worst:.3g}%"
    limit = rows["missing_limit"].iloc[0]
    expected = f"at most {100 * limit:.3g}% of a field's cells" if limit else "no missing cell"
    return Said(expected, observed + _where(rows, failed))


def of_variation(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of fields that hold one value."""
    if failed.empty:
        return Said("fields that vary", _fields(len(rows)))
    value = failed["minimum"].iloc[0]
    return Said("fields that vary", f"{value:.6g} in every cell" + _where(rows, failed))


def of_motion(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of fields that are the same as the one before them in time."""
    if failed.empty:
        return Said("fields that change with time", f"{len(rows)} changes")
    observed = "the same field as the time before" + _where(rows, failed)
    return Said("fields that change with time", observed)


def of_measuring(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of how much of a variable was measured."""
    row = rows.iloc[0]
    expected = f"at least one field with a value ({row['origin']})"
    if failed.empty:
        return Said(expected, f"{row['measured']} of {_fields(row['fields'])}")
    if row["fields"]:
        return Said(expected, f"nothing measured: no value in {_fields(row['fields'])}")
    return Said(expected, "nothing measured: no field of that name came")


def of_completeness(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of how many times, levels or members came."""
    row = rows.iloc[0]
    remark = f", {row['remark']}" if row["remark"] and len(failed) else ""
    return Said(f"{row['expected']} {row['what']}", f"{row['found']} {row['what']}{remark}")


def of_drift(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of how far a variable moved from where it lay in the item before."""
    row = (failed if len(failed) else rows).iloc[0]
    unit = f" {row['unit']}" if isinstance(row["unit"], str) else ""
    demands = [
        f"the {word} within {row[f'{word}_limit']:.4g}{unit} of the item before"
        for word in ("mean", "std")
        if pd.notna(row[f"{word}_limit"])
    ]
    came = f"mean {row['mean']:.6g}, std {row['std']:.4g}{unit}"
    if not row["previous"]:
        return Said("little drift from the item before", f"{came}, and no item before to compare")
    at = f" at level {row['level']:g}" if len(failed) and pd.notna(row["level"]) else ""
    before = f"after {row['mean_before']:.6g} and {row['std_before']:.4g} in {row['previous']}"
    return Said(" and ".join(demands), f"{came} {before}{at}")


def of_axis(rows: pd.DataFrame, failed: pd.DataFrame) -> Said:
    """Speak of an axis: how long it is and whether it gets anywhere."""
    row = rows.iloc[0]
    span = f", {row['first']} to {row['last']}" if row["first"] else ""
    wrong = ", not in order" if row["direction"] == "wavering" else ", which leads nowhere"
    verb = "" if failed.empty else wrong
    return Said("values that rise or fall all the way", f"{row['size']} values{span}{verb}")


def _where(rows: pd.DataFrame, failed: pd.DataFrame) -> str:
    if failed.empty:
        return f" in {_fields(len(rows))}"
    first = failed.iloc[0]
    place = [
        f"{name} {value}" if name == "time" else f"{name} {value:g}"
        for name in ("time", "level", "member")
        if pd.notna(value := first[name])
    ]
    at = f", first at {', '.join(place)}" if place else ""
    return f"; {len(failed)} of {_fields(len(rows))} failed{at}"


def _fields(count: int) -> str:
    return f"{count} field" if count == 1 else f"{count} fields"
