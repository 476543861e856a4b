"""The ledger as Prometheus reads it: nothing is counted twice, nothing is kept in a process.

All figures are read from the ledger when they are asked for, so that any process may answer, and
a restart forgets nothing. Delays are distributions of the newest rows ("gauge histograms"):
``histogram_quantile(0.99, inlet_discovery_to_published_seconds_bucket)`` needs no ``rate``.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from time import perf_counter

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeHistogramMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0, generate_latest
from prometheus_client.registry import Collector

from lake.ledger import gauges
from lake.ledger.gauges import Count, Delay
from lake.ledger.ledger import Ledger, Transaction

MEDIA_TYPE = CONTENT_TYPE_PLAIN_1_0_0
MOST_SERIES = 1_000
"""Of one metric. What goes beyond is left out and counted: no mistake floods Prometheus."""
BOUNDS_SECONDS = (1, 5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800)


LEFT_OUT = ("inlet_metrics_left_out", "Series beyond what one metric may have.")
TOOK = ("inlet_metrics_seconds", "How long reading them took.")


@dataclass(frozen=True, slots=True)
class _Gauge:
    """One metric: its name, what it means, its labels, and how its rows are read."""

    name: str
    says: str
    labels: tuple[str, ...]
    read: Callable[[Transaction], Iterable[tuple[tuple[str, ...], float]]]


@dataclass(frozen=True, slots=True)
class _Distribution:
    """One delay: its name, what it means, whose it is, and how it is read."""

    name: str
    says: str
    label: str
    read: Callable[[Transaction], Iterable[Delay]]


def exposition(ledger: Ledger) -> bytes:
    """Return all metrics in Prometheus' text format; the media type is ``MEDIA_TYPE``."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ledgered(ledger))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Ledgered(Collector):
    ledger: Ledger

    def collect(self) -> Iterator[Metric]:
        """Read everything in one transaction."""
        began = perf_counter()
        with self.ledger.begin() as tx:
            counted = [(g.name, _gauge(tx, g)) for g in GAUGES]
            delayed = [(d.name, _distribution(tx, d)) for d in DELAYS]
        left_out = GaugeMetricFamily(*LEFT_OUT, labels=["metric"])
        for name, (metric, beyond) in counted + delayed:
            yield metric
            left_out.add_metric([name], beyond)
        yield left_out
        yield GaugeMetricFamily(*TOOK, perf_counter() - began)


def names() -> frozenset[str]:
    """Return the names of all metrics, as a query may use them."""
    parts = ("_bucket", "_gcount", "_gsum")
    plain = {g.name for g in GAUGES} | {LEFT_OUT[0], TOOK[0]}
    return frozenset(plain | {d.name + part for d in DELAYS for part in parts})


def _gauge(tx: Transaction, wanted: _Gauge) -> tuple[Metric, int]:
    family = GaugeMetricFamily(wanted.name, wanted.says, labels=wanted.labels)
    rows = list(wanted.read(tx))
    for values, number in rows[:MOST_SERIES]:
        family.add_metric(values, number)
    return family, len(rows[MOST_SERIES:])


def _distribution(tx: Transaction, wanted: _Distribution) -> tuple[Metric, int]:
    family = GaugeHistogramMetricFamily(wanted.name, wanted.says, labels=[wanted.label])
    found: dict[str, list[float]] = {}
    for delay in wanted.read(tx):
        found.setdefault(delay.whose, []).append(delay.seconds)
    for whose, seconds in sorted(found.items())[:MOST_SERIES]:
        family.add_metric([whose], _buckets(seconds), sum(seconds))
    return family, max(0, len(found) - MOST_SERIES)


def _buckets(seconds: Iterable[float]) -> list[tuple[str, float]]:
    """Return how many lasted at most as long as each bound."""
    within = [0] * (len(BOUNDS_SECONDS) + 1)
    for lasted in seconds:
        within[bisect_left(BOUNDS_SECONDS, lasted)] += 1
    bounds = [*(f"{float(bound)}" for bound in BOUNDS_SECONDS), "+Inf"]
    return list(zip(bounds, map(float, accumulate(within)), strict=True))


def _counted(
    read: Callable[[Transaction], Iterable[Count]],
) -> Callable[[Transaction], Iterator[tuple[tuple[str, ...], float]]]:
    def rows(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
        for found in read(tx):
            yield (found.whose, found.state), found.count

    return rows


def _unsent(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (), gauges.waiting(tx).count


def _oldest_unsent(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (), _age_seconds(tx, gauges.waiting(tx).oldest)


def _refused(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (), gauges.waiting(tx).refused


def _tokens(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for q in gauges.quotas(tx):
        yield (q.provider, q.credential, q.operation), q.tokens


def _blocked(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for q in gauges.quotas(tx):
        left = (q.blocked_until - tx.now).total_seconds() if q.blocked_until else 0.0
        yield (q.provider, q.credential, q.operation), max(0.0, left)


def _traffic(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for t in gauges.carried(tx):
        yield (t.provider, t.credential), t.bytes


def _watermarks(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for m in gauges.watermarks(tx):
        yield (m.collection, m.provider, m.by), _age_seconds(tx, m.position)


def _unaccounted(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for u in gauges.unaccounted(tx):
        yield (u.collection, u.provider), u.count


def _age_seconds(tx: Transaction, moment: datetime | None) -> float:
    return max(0.0, (tx.now - moment).total_seconds()) if moment else 0.0


def _open(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for c in gauges.circuits(tx):
        yield (c.host,), c.is_open


def _failures(tx: Transaction) -> Iterator[tuple[tuple[str, ...], float]]:
    for c in gauges.circuits(tx):
        yield (c.host,), c.failures


_WHOSE = ("collection", "state")
_BUCKET = ("provider", "credential", "operation")

GAUGES = (
    _Gauge("inlet_offers", "Offers by state.", _WHOSE, _counted(gauges.offers)),
    _Gauge("inlet_items", "Item revisions by state.", _WHOSE, _counted(gauges.items)),
    _Gauge(
        "inlet_deliveries",
        "Deliveries to hooks by state.",
        ("subscription", "state"),
        _counted(gauges.deliveries),
    ),
    _Gauge(
        "inlet_notices",
        "Providers' notices by state.",
        ("source", "state"),
        _counted(gauges.notices),
    ),
    _Gauge("inlet_outbox_unsent", "Signals that wait for the broker.", (), _unsent),
    _Gauge(
        "inlet_outbox_oldest_unsent_seconds",
        "How long the oldest of them waits.",
        (),
        _oldest_unsent,
    ),
    _Gauge("inlet_outbox_refused", "Signals set aside: they cannot be sent.", (), _refused),
    _Gauge("inlet_quota_tokens", "Requests left in a bucket when last used.", _BUCKET, _tokens),
    _Gauge(
        "inlet_quota_blocked_seconds",
        "For how long a provider wishes to be left alone.",
        _BUCKET,
        _blocked,
    ),
    _Gauge(
        "inlet_traffic_month_bytes",
        "Bytes that came from a provider this month.",
        ("provider", "credential"),
        _traffic,
    ),
    _Gauge(
        "inlet_watermark_age_seconds",
        "How far behind now a collection is known to be complete.",
        ("collection", "provider", "by"),
        _watermarks,
    ),
    _Gauge(
        "inlet_windows_unaccounted",
        "Windows asked for that are not accounted for.",
        ("collection", "provider"),
        _unaccounted,
    ),
    _Gauge("inlet_circuit_open", "1 while a silent host is not asked.", ("host",), _open),
    _Gauge("inlet_circuit_failures", "Failures of a host in a row.", ("host",), _failures),
)

DELAYS = (
    _Distribution(
        "inlet_publication_to_discovery_seconds",
        "From a provider's publication to its discovery here, newest offers.",
        "collection",
        gauges.publication_to_discovery,
    ),
    _Distribution(
        "inlet_discovery_to_published_seconds",
        "From discovery to the published item, newest items.",
        "collection",
        gauges.discovery_to_published,
    ),
    _Distribution(
        "inlet_published_to_relayed_seconds",
        "From publication here to the broker's acknowledgement, newest signals.",
        "collection",
        gauges.published_to_relayed,
    ),
    _Distribution(
        "inlet_relayed_to_hook_seconds",
        "From the relay to the finished delivery, newest deliveries.",
        "subscription",
        gauges.relayed_to_hook,
    ),
)
