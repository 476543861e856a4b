"""GRIB granules as hypercubes."""

from pathlib import Path

import eccodes
import numpy as np
import pytest

from tests.contracts.decoder import DecoderContract, whole
from tests.transforms.makers import POINTS, a_file, a_message
from transforms.decoders.grib_decoder import GribDecoder
from transforms.errors import UnreadableGranule
from transforms.granules import LocalGranule
from transforms.plans import PlannedHypercube


class TestGribDecoder(DecoderContract):
    @pytest.fixture
    def decoder(self) -> GribDecoder:
        return GribDecoder()

    @pytest.fixture
    def granule(self, tmp_path: Path) -> LocalGranule:
        hours = (a_message(dataTime=hour * 100, shortName="2t") for hour in range(3))
        return a_file(tmp_path / "t.grib", *hours)

    @pytest.fixture
    def other(self, tmp_path: Path) -> LocalGranule:
        return a_file(tmp_path / "d.grib", a_message(shortName="2d"), a_message(shortName="2d"))


def planned(tmp_path: Path, *messages: bytes) -> tuple[PlannedHypercube, ...]:
    return GribDecoder().plan([a_file(tmp_path / "some.grib", *messages)]).hypercubes


def test_legal_values_are_never_taken_for_missing(tmp_path: Path) -> None:
    values = np.full(POINTS, 9999.0)
    values[0], values[1] = np.nan, 1.0
    (cube,) = planned(tmp_path, a_message(values))

    found = whole(cube.variables[0]).ravel()
    assert np.isnan(found[0])
    assert found[1:].tolist() == [1.0] + [9999.0] * 10


@pytest.mark.parametrize("packing", ["grid_simple", "grid_ccsds", "grid_complex", "grid_ieee"])
def test_every_packing_gives_its_values(packing: str, tmp_path: Path) -> None:
    bits = {} if packing == "grid_ieee" else {"bitsPerValue": 16}
    (cube,) = planned(tmp_path, a_message(packingType=packing, **bits))

    np.testing.assert_allclose(
        whole(cube.variables[0]).ravel(), np.arange(POINTS) + 273, atol=0.01
    )


def test_constant_fields_and_edition_1_give_their_values(tmp_path: Path) -> None:
    constant = a_message(np.full(POINTS, 280.0), dataTime=0)
    first = a_message(np.full(65160, 281.0), sample="GRIB1", grid={})

    for cube in planned(tmp_path, constant, first):
        assert len(set(whole(cube.variables[0]).ravel().tolist())) == 1


def test_values_packed_finer_than_float32_are_kept_in_float64(tmp_path: Path) -> None:
    fine = a_message(np.linspace(1e5, 1e5 + 1, POINTS), bitsPerValue=24)
    coarse = a_message(np.linspace(1e5, 1e5 + 1000, POINTS), bitsPerValue=12, shortName="2d")
    found = planned(tmp_path, fine, coarse)

    kinds = {v.name: str(v.dtype) for cube in found for v in cube.variables}
    assert sorted(kinds.values()) == ["float32", "float64"]


def test_quarter_hours_are_steps_of_quarter_hours(tmp_path: Path) -> None:
    (cube,) = planned(
        tmp_path,
        *(a_message(indicatorOfUnitOfTimeRange=0, forecastTime=m) for m in (15, 30, 45)),
    )

    steps = next(c.values for c in cube.coordinates if c.name == "step")
    assert steps.tolist() == [0.25, 0.5, 0.75]


def test_unknown_parameters_stay_apart(tmp_path: Path) -> None:
    unknown = {"discipline": 0, "parameterCategory": 19}
    (cube,) = planned(
        tmp_path,
        *(a_message(**unknown, parameterNumber=number) for number in (201, 202)),
    )

    assert [v.name for v in cube.variables] == ["param_0_19_201", "param_0_19_202"]


def test_sizes_that_lie_are_refused_before_they_cost_anything(tmp_path: Path) -> None:
    handle = eccodes.codes_grib_new_from_samples("reduced_gg_sfc_grib2")
    absurd_points, absurd_rows = (bytearray(m) for m in (a_message(), message_of(handle)))
    points_at = absurd_points.index(POINTS.to_bytes(4, "big"))
    absurd_points[points_at] = 0xFF
    rows_at = absurd_rows.index((32).to_bytes(4, "big"), 60)
    absurd_rows[rows_at + 2] = 0xFF

    for message in (absurd_points, absurd_rows):
        with pytest.raises(UnreadableGranule):
            planned(tmp_path, bytes(message))


def message_of(handle: int) -> bytes:
    message: bytes = eccodes.codes_get_message(handle)
    return message
