"""The gate: a cube, what was measured while it was written, and a suite give a verdict."""

from dataclasses import dataclass

import pandas as pd

from lake.nouns import Cube, Verdict
from transforms.quality.drift import Previous
from transforms.quality.evidence import gather
from transforms.quality.expectations import Answer, examine
from transforms.quality.suite import BoundsOf, Suite


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """A verdict, and what Great Expectations answered, for its Data Docs."""

    verdict: Verdict
    answers: tuple[Answer, ...]


def judge(
    cube: Cube,
    metrics: pd.DataFrame,
    suite: Suite,
    bounds: BoundsOf,
    previous: Previous | None = None,
) -> Judgement:
    """Judge a cube by its metrics table (one row per field, the columns of ``METRICS``).

    ``bounds`` is asked for the physical bounds of a CF standard name in a unit; ``previous`` is
    the item before, from which this one may not drift too far. Where nothing was measured, of the
    cube or of a variable that it holds or that the suite demands, the verdict is "failed".

    Raises:
        ValueError: the metrics table has rows but lacks some of its columns.
    """
    found = examine(gather(cube, metrics, suite, bounds, previous))
    passed = bool(found.findings) and all(finding.passed for finding in found.findings)
    return Judgement(Verdict(suite.name, suite.version, passed, found.findings), found.answers)
