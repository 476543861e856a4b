"""A harvest that is killed, in small. ``make kills`` does it with 300 granules, 30 times."""

from pathlib import Path

from tests.faults.kills import Plan, suffered


def test_a_harvest_killed_with_faults_on_lands_each_granule_once(tmp_path: Path) -> None:
    plan = Plan(granules=40, kills=3, seed=1, longest_seconds=4.0, only_lands=True)
    after = suffered(plan, tmp_path)

    assert [claim for claim in after.claims if not claim.holds] == []
    assert after.kills > 0
