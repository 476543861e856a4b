import pytest

from harvesters.carriage.pace import Pace
from harvesters.errors import SlowTransfer
from harvesters.gateway import Policy

POLICY = Policy(frozenset(), stall_seconds=10, min_bytes_per_second=100)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_dribble_is_borne_for_a_while_and_then_not() -> None:
    seconds = Seconds()
    pace = Pace(POLICY, seconds)
    for _ in range(10):
        seconds.now += 1
        pace.require("a", 1)

    seconds.now += 1
    with pytest.raises(SlowTransfer, match=r"at least 100 bytes/s, came 11 bytes in 11 s"):
        pace.require("a", 1)


def test_a_body_at_the_least_rate_may_take_as_long_as_it_needs() -> None:
    seconds = Seconds()
    pace = Pace(POLICY, seconds)

    for _ in range(1000):
        seconds.now += 1
        pace.require("a", 100)
