"""Publication amid chaos, in small. ``make chaos`` does it with 2,000 items and 210 kills."""

from pathlib import Path

from tests.chaos.cast import SHARES
from tests.chaos.chaos import Plan, suffered


def test_whoever_is_killed_each_item_is_published_and_signalled_once(tmp_path: Path) -> None:
    after = suffered(Plan(items=60, kills=8, seed=2, longest_seconds=3.0), tmp_path)

    assert [claim for claim in after.claims if not claim.holds] == []
    assert after.struck.keys() == SHARES.keys()
    assert after.counts["effects"] > 60
