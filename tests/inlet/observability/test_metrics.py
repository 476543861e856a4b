"""The metrics as Prometheus' own parser reads them."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from inlet.observability import metrics
from lake.ledger import outbox
from lake.ledger.ledger import Ledger
from tests.catalog.makers import published
from tests.makers import StillClock, a_ledger


def samples(ledger: Ledger) -> list[Sample]:
    text = metrics.exposition(ledger).decode()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value(found: list[Sample], name: str, **labels: str) -> float:
    (wanted,) = [s for s in found if s.name == name and s.labels == labels]
    return wanted.value


def test_an_empty_ledger_has_metrics(tmp_path: Path) -> None:
    found = samples(a_ledger(tmp_path))

    assert value(found, "inlet_outbox_unsent") == 0
    assert value(found, "inlet_metrics_seconds") > 0


def test_what_is_published_is_counted_and_its_signal_waits(tmp_path: Path) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    published(ledger)
    clock.pass_time(seconds=90)
    found = samples(ledger)

    assert value(found, "inlet_items", collection="era5", state="published") == 1
    assert value(found, "inlet_outbox_unsent") == 1
    assert value(found, "inlet_outbox_oldest_unsent_seconds") == 90


def test_a_delay_is_in_every_bucket_that_it_fits_in(tmp_path: Path) -> None:
    clock = StillClock()
    ledger = a_ledger(tmp_path, clock)
    published(ledger)
    clock.pass_time(seconds=15)
    with ledger.begin() as tx:
        outbox.mark_sent(tx, [signal.id for signal in outbox.unsent(tx)])
    found = samples(ledger)
    name = "inlet_published_to_relayed_seconds"

    buckets = {s.labels["le"]: s.value for s in found if s.name == f"{name}_bucket"}
    assert (buckets["5.0"], buckets["15.0"], buckets["+Inf"]) == (0, 1, 1)
    assert value(found, f"{name}_gcount", collection="era5") == 1
    assert value(found, f"{name}_gsum", collection="era5") == 15


def test_series_beyond_the_bound_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = a_ledger(tmp_path)
    for name in ("era5", "sea", "snow"):
        published(ledger, collection=name)
    monkeypatch.setattr(metrics, "MOST_SERIES", 2)
    found = samples(ledger)

    assert len([s for s in found if s.name == "inlet_items"]) == 2
    assert value(found, "inlet_metrics_left_out", metric="inlet_items") == 1


def test_every_name_is_one_that_is_promised(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    published(ledger)

    assert {sample.name for sample in samples(ledger)} <= metrics.names()
