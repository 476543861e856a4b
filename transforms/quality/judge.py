"""The gate: a cube, what was measured while it was written, and a suite give a verdict."""

import pandas as pd

from lake.nouns import Cube, Verdict
from transforms.quality.evidence import gather
from transforms.quality.expectations import examine
from transforms.quality.suite import BoundsOf, Suite


def judge(cube: Cube, metrics: pd.DataFrame, suite: Suite, bounds: BoundsOf) -> Verdict:
    """Judge a cube by its metrics table (one row per field, the columns of ``METRICS``).

    ``bounds`` is asked for the physical bounds of a CF standard name in a unit. Where nothing
    was measured, of the cube or of a variable that it holds or that the suite demands, the
    verdict is "failed".

    Raises:
        ValueError: the metrics table has rows but lacks some of its columns.
    """
    findings = examine(gather(cube, metrics, suite, bounds))
    passed = bool(findings) and all(finding.passed for finding in findings)
    return Verdict(suite.name, suite.version, passed, findings)
