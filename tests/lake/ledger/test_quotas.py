"""The bucket: no burst above its rate, no lane left out, nothing lost where others are idle."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from lake.ledger import quotas
from lake.ledger.ledger import Ledger
from lake.ledger.quotas import Key, Rate, Share
from tests.makers import NEW_YEAR, StillClock, a_ledger

KEY = Key("p", "KEY", "search")
FORWARD, BACKFILL = Share("forward", 4.0), Share("backfill", 1.0)


def take(ledger: Ledger, rate: Rate, share: Share = FORWARD, key: Key = KEY) -> float:
    with ledger.begin() as tx:
        return quotas.take(tx, key, rate, share)


@settings(max_examples=25, deadline=None)
@given(
    per_second=st.floats(0.1, 50),
    burst=st.integers(1, 10),
    asks=st.lists(
        st.tuples(st.floats(-1, 3), st.sampled_from([FORWARD, BACKFILL])), min_size=1, max_size=40
    ),
)
def test_in_no_span_of_time_passes_more_than_burst_and_rate_allow(
    per_second: float, burst: int, asks: list[tuple[float, Share]]
) -> None:
    rate = Rate(per_second, burst)
    with TemporaryDirectory() as directory:
        clock = StillClock()
        ledger = a_ledger(Path(directory), clock)
        passed = []
        latest = clock.now + timedelta(seconds=asks[0][0])
        for seconds, share in asks:
            clock.pass_time(seconds=seconds)
            latest = max(latest, clock.now)  # a clock that was set back gives no token twice
            if take(ledger, rate, share) == 0.0:
                passed.append(latest)
        ledger.close()

    for first in range(len(passed)):
        for last in range(first, len(passed)):
            span = (passed[last] - passed[first]).total_seconds()
            assert last - first + 1 <= burst + per_second * span + 1e-6


@settings(max_examples=25, deadline=None)
@given(per_second=st.floats(0.01, 1000), burst=st.integers(1, 5), taken=st.integers(0, 5))
def test_who_waits_as_long_as_told_gets_its_token(
    per_second: float, burst: int, taken: int
) -> None:
    rate = Rate(per_second, burst)
    with TemporaryDirectory() as directory:
        clock = StillClock()
        ledger = a_ledger(Path(directory), clock)
        for _ in range(taken):
            take(ledger, rate)
        wait = take(ledger, rate)
        clock.now += timedelta(seconds=wait, microseconds=1)
        assert wait == 0.0 or take(ledger, rate) == 0.0
        ledger.close()


def test_lanes_that_both_want_share_by_weight_and_none_starves(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    passed: Counter[str] = Counter()
    for _ in range(400):
        clock.pass_time(seconds=0.05)
        for share in (FORWARD, BACKFILL):
            passed[share.lane] += take(ledger, Rate(10), share) == 0.0

    assert passed.total() >= 195
    assert 3.5 <= passed["forward"] / passed["backfill"] <= 4.5


def test_a_lane_alone_has_all_of_it(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    take(ledger, Rate(10), FORWARD)
    assert take(ledger, Rate(10), FORWARD) > 0  # it was waiting, and comes no more
    clock.pass_time(seconds=60)
    passed = 0
    for _ in range(100):
        clock.pass_time(seconds=0.1)
        passed += take(ledger, Rate(10), BACKFILL) == 0.0

    assert passed >= 99


def test_an_idle_lane_saves_up_nothing(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    for _ in range(100):
        clock.pass_time(seconds=0.1)
        take(ledger, Rate(10), FORWARD)
    passed: Counter[str] = Counter()
    for _ in range(100):
        clock.pass_time(seconds=0.1)
        for share in (BACKFILL, FORWARD):
            passed[share.lane] += take(ledger, Rate(10), share) == 0.0

    assert passed["forward"] >= 3 * passed["backfill"]


def test_a_longer_block_is_not_shortened_by_a_later_one(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        quotas.block(tx, KEY, 60)
        quotas.block(tx, KEY, 5)

    assert take(ledger, Rate(10)) == 60
    with ledger.begin() as tx:
        [told] = quotas.blocked(tx)
    assert (told.provider, told.until) == ("p", NEW_YEAR + timedelta(seconds=60))


def test_credentials_and_operations_do_not_share(url: str) -> None:
    ledger = a_ledger(url)
    keys = [KEY, Key("p", "OTHER", "search"), Key("p", "KEY", "order"), Key("q", "KEY", "search")]

    assert [take(ledger, Rate(1), key=key) for key in keys] == [0.0] * 4
    assert all(take(ledger, Rate(1), key=key) > 0 for key in keys)


def test_bytes_are_summed_by_month(url: str) -> None:
    clock = StillClock()
    ledger = a_ledger(url, clock)
    with ledger.begin() as tx:
        quotas.carried(tx, KEY, 3)
        quotas.carried(tx, Key("p", "KEY", "download"), 4)
        assert quotas.carried_this_month(tx, KEY) == 7
    clock.pass_time(days=31)
    with ledger.begin() as tx:
        assert quotas.carried_this_month(tx, KEY) == 0


_GREEDY = """
import sys
from lake.ledger import quotas
from lake.ledger.ledger import Ledger
from tests.makers import StillClock
ledger = Ledger.open(sys.argv[1], StillClock())
key = quotas.Key("p", "KEY", "search")
passed = 0
for _ in range(60):
    with ledger.begin() as tx:
        passed += quotas.take(tx, key, quotas.Rate(5, 37), quotas.Share("forward")) == 0.0
print(passed)
"""


def test_four_processes_share_one_bucket_to_the_last_token(url: str) -> None:
    Ledger.open(url).close()
    command = [sys.executable, "-c", _GREEDY, url]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    passed = [int(worker.communicate()[0]) for worker in workers]

    assert sum(passed) == 37
