"""What parameters are called, and between which bounds nature keeps them."""

import itertools
from collections.abc import Iterator

import eccodes
import pytest

from transforms.fields import Parameter
from transforms.lexicon import ENTRIES, KNOWN, Entry, bounds, cf_unit, unlisted

SAMPLES = ("regular_ll_sfc_grib2", "regular_ll_sfc_grib1", "regular_ll_pl_grib1")
WAVES = {"setLocalDefinition": 1, "stream": "wave"}


def test_bounds_hold_in_the_unit_of_the_lexicon() -> None:
    assert bounds("air_temperature") == bounds("air_temperature", "K") == (150.0, 360.0)
    assert bounds("air_temperature", "degC") is None
    assert bounds("geopotential", "m**2 s**-2") == bounds("geopotential", "m2 s-2")
    assert bounds("cloud_area_fraction", "%") != bounds("cloud_area_fraction", "1")
    assert bounds("phlogiston_content") is None


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.parameter.name)
def test_every_bound_is_an_interval(entry: Entry) -> None:
    assert entry.bounds is None or entry.bounds[0] < entry.bounds[1]


@pytest.mark.parametrize("known", KNOWN.values(), ids=lambda known: str(known.param_id))
def test_every_name_and_unit_is_the_one_that_eccodes_gives(known: Parameter) -> None:
    found = {
        tuple(eccodes.codes_get_string(handle, key) for key in ("shortName", "name", "units"))
        for handle in encoded(known.param_id)
    }

    told = {(short_name, long_name, cf_unit(unit)) for short_name, long_name, unit in found}
    assert told == {(known.short_name, known.long_name, known.unit)}


def encoded(param_id: int) -> Iterator[int]:
    """ecCodes' own samples of GRIB 1 and 2, as far as they can be made to hold a parameter."""
    for sample, more in itertools.product(SAMPLES, ({}, WAVES)):
        handle = eccodes.codes_grib_new_from_samples(sample)
        try:
            for key, value in (more | {"paramId": param_id}).items():
                eccodes.codes_set(handle, key, value)
            if eccodes.codes_get_long(handle, "paramId") == param_id:
                yield handle
        except eccodes.CodesInternalError:
            pass
        finally:
            eccodes.codes_release(handle)


def test_no_parameter_has_two_entries() -> None:
    assert len(KNOWN) == len(ENTRIES)


def test_what_nobody_knows_is_named_by_its_numbers() -> None:
    found = unlisted(0, "unknown", "unknown", "unknown", "unknown", "0_3_196")

    assert (found.name, found.unit, found.long_name) == (
        "param_0_3_196",
        None,
        "parameter 0_3_196",
    )
