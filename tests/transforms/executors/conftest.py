"""A plan that has begun."""

from pathlib import Path

import pytest

from tests.contracts.executor import a_granule, a_plan
from transforms.writers.zarr import StorePlan, begin


@pytest.fixture
def plan(tmp_path: Path) -> StorePlan:
    made = a_plan(a_granule(tmp_path), str(tmp_path / "cube"))
    begin(made)
    return made
