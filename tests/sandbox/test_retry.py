from datetime import UTC, datetime

from sandbox.faults import Fault
from sandbox.retry import retry_after

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def told(form: str, seconds: float) -> str | None:
    options = {"form": form, "retry_after": seconds}
    return retry_after(Fault("order_429", options=options), NOON).get("Retry-After")


def test_three_forms() -> None:
    assert told("seconds", 2) == "2"
    assert told("date", 1.5) == "Mon, 01 Jan 2024 12:00:02 GMT"
    assert told("none", 2) is None
