"""What a field amounts to, whatever holds its numbers."""

import numpy as np
import pytest

from transforms.measures import BLOCK, measured


@pytest.mark.parametrize("scale", [0.5, -0.25])
@pytest.mark.parametrize("fill", [None, -9, 32000])
def test_packed_numbers_are_measured_as_what_they_mean(scale: float, fill: int | None) -> None:
    stored = np.random.default_rng(3).integers(-9, 100, 2 * BLOCK + 5).astype("i2")
    found = measured(stored, fill, scale, 280.0)
    meant = stored[stored != fill] * scale + 280.0

    assert found.missing == int((stored == fill).sum())
    assert (found.minimum, found.maximum) == (meant.min(), meant.max())
    assert found.mean == pytest.approx(meant.mean(), rel=1e-12)
    assert found.std == pytest.approx(meant.std(), rel=1e-9)


def test_a_field_of_nothing_has_no_moments() -> None:
    found = measured(np.full(7, -9, "i2"), -9, 0.5, 1.0)

    assert (found.count, found.missing, found.digest) == (7, 7, "")
    assert np.isnan(found.mean)
