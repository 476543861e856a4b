"""A small campaign of ``make mutations``, and whether it can find what is wrong."""

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.mutations.mutators import MUTATORS, Mutator
from tests.mutations.referee import expected, found
from tests.mutations.run import campaign, mutant, table
from tests.mutations.sources import sources
from tests.mutations.verdicts import Judge, Verdict, refusal
from tests.transforms.makers import a_file, a_message, a_netcdf
from transforms.errors import (
    ConversionTimedOut,
    ConverterFailed,
    TransformError,
    UnreadableGranule,
)


def test_no_damage_brings_the_converter_to_anything_but_a_cube_or_a_sentence() -> None:
    results = campaign(count=60, seed=7, judges=2)

    assert not [one for one in results if one.verdict.is_wrong]
    assert {one.verdict for one in results} >= {Verdict.SAME, Verdict.DECODED, Verdict.REFUSED}
    assert table(results).row_count == len(MUTATORS) + 1


def test_a_file_in_which_the_library_runs_in_circles_is_refused() -> None:
    [result] = campaign(count=1, seed=2, judges=1, first=1977)

    assert result.verdict is Verdict.REFUSED
    assert "runs in circles" in result.why


def test_a_number_and_a_seed_give_the_same_mutant_again(tmp_path: Path) -> None:
    sound = sources(tmp_path)

    for number in range(2 * len(MUTATORS)):
        assert mutant(number, 1, sound) == mutant(number, 1, sound)
    assert mutant(1, 1, sound).data != mutant(1, 2, sound).data


@pytest.mark.parametrize("mutator", MUTATORS.values(), ids=MUTATORS)
def test_every_mutation_damages(mutator: Mutator) -> None:
    data = a_message()

    assert any(mutator(data, b"CDF\x01" * 99, random.Random(n)) != data for n in range(9))


def test_values_that_no_library_finds_are_garbage(tmp_path: Path) -> None:
    granule, other = a_netcdf(tmp_path / "a.nc"), a_file(tmp_path / "b.grib", a_message())
    judge = Judge(tmp_path)
    try:
        sums = found(judge.conversion(granule.path).metrics, is_netcdf=True)
        strange = Counter({(1, 0, 2.0, 3.0): 1})

        assert judge.compared(granule.path, sums, sums) == (Verdict.SAME, "")
        assert judge.compared(granule.path, sums, strange) == (Verdict.DECODED, "")
        assert judge.compared(granule.path, strange, sums)[0] is Verdict.GARBAGE
        assert judge.compared(tmp_path / "none.nc", sums, strange)[0] is Verdict.UNJUDGED
        assert sum(expected(other.path).values()) == 1
    finally:
        judge.close()


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ConversionTimedOut("expected a cube within 30 s, came none"), Verdict.HANGING),
        (ConverterFailed("a defect"), Verdict.NAMELESS),
        (UnreadableGranule("expected GRIB in a, came text; fetch it again"), Verdict.REFUSED),
        (UnreadableGranule("expected a to be decodable: the decoder died"), Verdict.CONTAINED),
        (UnreadableGranule("bad file"), Verdict.NAMELESS),
    ],
)
def test_a_refusal_is_a_sentence_and_a_hang_is_not(
    error: TransformError, verdict: Verdict
) -> None:
    assert refusal(error) is verdict
