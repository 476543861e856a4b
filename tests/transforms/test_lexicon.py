"""What parameters are called, and between which bounds nature keeps them."""

import eccodes
import pytest

from transforms.lexicon import BY_PARAM_ID, ENTRIES, bounds, cf_unit, parameter

SAMPLES = ("regular_ll_sfc_grib2", "regular_ll_sfc_grib1", "regular_ll_pl_grib1")


def test_bounds_hold_in_the_unit_of_the_lexicon() -> None:
    assert bounds("air_temperature") == bounds("air_temperature", "K") == (150.0, 360.0)
    assert bounds("air_temperature", "degC") is None
    assert bounds("geopotential", "m**2 s**-2") == bounds("geopotential", "m2 s-2")
    assert bounds("cloud_area_fraction", "%") != bounds("cloud_area_fraction", "1")
    assert bounds("phlogiston_content") is None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_bound_is_an_interval(entry: object) -> None:
    assert entry.bounds is None or entry.bounds[0] < entry.bounds[1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("param_id", sorted(BY_PARAM_ID))
def test_every_unit_is_the_one_that_eccodes_gives(param_id: int) -> None:
    for sample in SAMPLES:
        handle = eccodes.codes_grib_new_from_samples(sample)
        try:
            eccodes.codes_set(handle, "paramId", param_id)
        except eccodes.CodesInternalError:
            continue
        if eccodes.codes_get(handle, "paramId") == param_id:
            assert cf_unit(eccodes.codes_get(handle, "units")) == BY_PARAM_ID[param_id].unit
            return
    pytest.skip("ecCodes cannot encode it in its samples")


def test_no_parameter_has_two_entries() -> None:
    ids = [param_id for entry in ENTRIES for param_id in entry.param_ids]

    assert len(ids) == len(set(ids))


def test_another_unit_is_another_quantity() -> None:
    found = parameter(167, "t2m", "degC", "2 metre temperature", "2t", "0_0_0")

    assert (found.standard_name, found.unit) == (None, "degC")


def test_what_nobody_knows_is_named_by_its_numbers() -> None:
    found = parameter(0, "unknown", "unknown", "unknown", "unknown", "0_3_196")

    assert (found.name, found.unit, found.long_name) == (
        "param_0_3_196",
        None,
        "parameter 0_3_196",
    )
