"""Whether and when a task is tried again: as the table of recoveries says of its error."""

from random import Random
from typing import Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision

from harvesters.errors import HarvestError, NotNow
from harvesters.recovery import PATIENCE, RECOVERIES, Recovery
from inlet.errors import ForSomebody

_FINAL = (Recovery.GIVE_UP, Recovery.INVALID)
MOST_RETRIES = max(patience.most_attempts for patience in PATIENCE.values()) - 1


class ByTheTable(RetryPolicy):
    """Retries a provider's passing trouble with its own patience; what is final fails at once.

    What the table does not know (a database that went away) is left to the task's own retries.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Any = None,  # noqa: ANN401 - Airflow's context
    ) -> RetryDecision:
        """Return what follows from ``exception`` after ``try_number`` tries."""
        said = f"{type(exception).__name__}: {exception}"
        if isinstance(exception, ForSomebody):
            return RetryDecision.fail(said)
        if not isinstance(exception, HarvestError):
            return RetryDecision.default()
        recovery = RECOVERIES[type(exception)]
        if recovery in _FINAL or try_number >= PATIENCE[recovery].most_attempts:
            return RetryDecision.fail(said)
        asked = exception.retry_after_seconds if isinstance(exception, NotNow) else None
        chance = Random(f"{said} {try_number}")  # noqa: S311 - no secret
        return RetryDecision.retry(PATIENCE[recovery].wait(try_number, asked or 0, chance), said)

    def serialize(self) -> dict[str, Any]:
        """Return the policy by its name: it has no settings."""
        return {"__type": type(self).__name__}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> "ByTheTable":
        """Return the policy."""
        return cls()
