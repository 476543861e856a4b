"""Conversion and commit killed, in small. ``make kills-convert`` does it 100 times."""

from pathlib import Path

from tests.faults.kills_convert import Plan, suffered


def test_killed_anywhere_a_reader_meets_whole_cubes_and_the_end_is_the_same(
    tmp_path: Path,
) -> None:
    after = suffered(Plan(granules=4, kills=4, seed=3, longest_seconds=4.0), tmp_path)

    assert [claim for claim in after.claims if not claim.holds] == []
    assert after.looks["item cubes"] >= 2 * 4
    assert after.looks["growing cubes"]
