"""Airflow tries again what the table of recoveries says, and nothing else."""

import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from dags.recovering import MOST_RETRIES, ByTheTable
from harvesters import errors
from harvesters.errors import HarvestError, NotNow
from harvesters.recovery import PATIENCE, RECOVERIES, Recovery
from inlet.errors import HarvestUnfinished, PortfolioBroken


def made(kind: type[HarvestError]) -> HarvestError:
    """An error of a kind; some want more than a message."""
    if kind is errors.DoubtfulBytes:
        return errors.DoubtfulBytes("digest", errors.NotAProduct("text"))
    if kind is errors.NotHonoured:
        return errors.NotHonoured("paused", "why")
    return kind("why")


@pytest.mark.parametrize("kind", list(RECOVERIES), ids=lambda kind: kind.__name__)
def test_each_error_is_tried_again_or_not_as_the_table_says(kind: type[HarvestError]) -> None:
    decided = ByTheTable().evaluate(made(kind), 1, MOST_RETRIES)
    final = RECOVERIES[kind] in (Recovery.GIVE_UP, Recovery.INVALID)

    assert decided.action is (RetryAction.FAIL if final else RetryAction.RETRY)
    assert kind.__name__ in (decided.reason or "")


def test_a_provider_is_left_alone_for_as_long_as_it_asked() -> None:
    decided = ByTheTable().evaluate(errors.RateLimited("slow", 90.0), 1, MOST_RETRIES)

    assert decided.retry_delay is not None
    assert decided.retry_delay.total_seconds() >= 90


def test_patience_comes_to_an_end() -> None:
    last = PATIENCE[Recovery.RETRY].most_attempts

    assert ByTheTable().evaluate(NotNow("x"), last, MOST_RETRIES).action is RetryAction.FAIL


@pytest.mark.parametrize("error", [PortfolioBroken("x"), HarvestUnfinished("x")])
def test_what_somebody_must_act_on_is_not_tried_again(error: Exception) -> None:
    assert ByTheTable().evaluate(error, 1, MOST_RETRIES).action is RetryAction.FAIL


def test_what_the_table_does_not_know_is_left_to_the_tasks_own_retries() -> None:
    assert ByTheTable().evaluate(OSError("gone"), 1, 3).action is RetryAction.DEFAULT
