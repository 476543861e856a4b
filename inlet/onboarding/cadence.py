"""How often data come, and how late: read from the times of what a provider lists."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from harvesters.gateway import Product
from inlet.onboarding.findings import Cadence

_SCHEDULES = (
    (timedelta(hours=2), "7 * * * *"),
    (timedelta(hours=13), "7 */3 * * *"),
    (timedelta(days=8), "7 6 * * *"),
)
_SELDOM = "7 6 * * 1"
_LONGEST_LATENESS = timedelta(days=60)  # what was published later is a reprocessing
_WIDER = 2.0
_LEAST_PRODUCTS = 3


def of(collection: str, products: Iterable[Product]) -> Cadence:
    """Return how often and how late the data of these products came, and what follows from it."""
    known = list(products)
    starts = sorted({product.window.start for product in known})
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(starts)]
    spacing = median(gaps) if len(starts) >= _LEAST_PRODUCTS else None
    lags = [lag for lag in map(_lag_seconds, known) if lag is not None]
    latest = max(lags, default=None)
    return Cadence(collection, len(known), spacing, latest, _schedule(spacing), _lateness(latest))


def _lag_seconds(product: Product) -> float | None:
    try:
        stamp = datetime.fromisoformat(product.stamp or "")
    except ValueError:
        return None
    if stamp.tzinfo is None:
        return None
    return max(0.0, (stamp - product.window.end).total_seconds())


def _schedule(spacing_seconds: float | None) -> str | None:
    if spacing_seconds is None:
        return None
    fitting = (cron for most, cron in _SCHEDULES if spacing_seconds <= most.total_seconds())
    return next(fitting, _SELDOM)


def _lateness(latest_seconds: float | None) -> str | None:
    """Return twice the longest lag in whole hours, as ISO 8601; None where it says nothing."""
    if latest_seconds is None or latest_seconds > _LONGEST_LATENESS.total_seconds():
        return None
    return f"PT{max(1, math.ceil(_WIDER * latest_seconds / 3600))}H"
