"""A variable's course in time, small enough for a table's cell."""

import pandas as pd

WIDTH, HEIGHT, MARGIN = 140, 34, 2
MOST_POINTS = 140


def sparkline(fields: pd.DataFrame) -> str:
    """Return an SVG of the range (a band) and the mean (a line) of a variable's fields in time.

    Levels and members of one time are taken together. Fields without a value leave no point.
    """
    course = (
        fields.groupby("time", dropna=False)
        .agg(low=("minimum", "min"), mean=("mean", "mean"), high=("maximum", "max"))
        .dropna()
    )
    if course.empty:
        return ""
    course = course.iloc[:: -(-len(course) // MOST_POINTS)]
    low, high = course["low"].min(), course["high"].max()
    height = (HEIGHT - 2 * MARGIN) / ((high - low) or 1)
    step = (WIDTH - 2 * MARGIN) / max(len(course) - 1, 1)

    def points(column: str) -> list[str]:
        return [
            f"{MARGIN + number * step:.1f},{HEIGHT - MARGIN - (value - low) * height:.1f}"
            for number, value in enumerate(course[column])
        ]

    if len(course) == 1:
        return _svg(_single(*points("low"), *points("mean"), *points("high")))
    band = " ".join([*points("low"), *reversed(points("high"))])
    return _svg(f'<polygon points="{band}"/><polyline points="{" ".join(points("mean"))}"/>')


def _single(low: str, mean: str, high: str) -> str:
    bottom, middle, top = (float(point.split(",")[1]) for point in (low, mean, high))
    centre = WIDTH / 2
    return (
        f'<polygon points="{centre - 3},{bottom} {centre + 3},{bottom} {centre + 3},{top} '
        f'{centre - 3},{top}"/><circle cx="{centre}" cy="{middle}" r="3"/>'
    )


def _svg(content: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{content}</svg>'
