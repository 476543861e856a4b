"""A provider's stamps: times, each as it is written, or whatever else a revision is called by."""

from datetime import UTC, datetime

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def moment_of(stamp: str) -> datetime | None:
    """Return a stamp as a time, in UTC where it names no zone; None where it is none."""
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def age(stamp: str) -> tuple[datetime, str]:
    """Return by what older stamps come before newer ones, however each is written.

    What is no time comes before all times, in the order of its letters.
    """
    moment = moment_of(stamp)
    return (_BEFORE_ALL, stamp) if moment is None else (moment, "")
