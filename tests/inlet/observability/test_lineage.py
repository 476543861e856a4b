"""What a lineage backend is told: real events, in a file and over real HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from inlet.observability import lineage
from lake.ledger import items
from lake.ledger.ledger import Ledger
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.catalog.makers import judged, published
from tests.hooks.makers import Receiver
from tests.makers import a_ledger


def newest(ledger: Ledger, state: ItemState) -> ItemId:
    with ledger.begin() as tx:
        return items.newest(tx, "era5", [state], 1)[0].id


def told(ledger: Ledger, directory: Path, step: str, row: ItemId) -> list[Any]:
    file = directory / "lineage.jsonl"
    lineage.tell(ledger, str(file), step, [row])
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_a_published_item_is_told_with_the_granules_it_is_made_of(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    item = published(ledger)
    row = newest(ledger, ItemState.PUBLISHED)
    with ledger.begin() as tx:
        places = [granule.location for granule in items.granules_of(tx, row)]
    (event,) = told(ledger, tmp_path, "publish", row)

    assert (event["eventType"], event["job"]["name"]) == ("COMPLETE", "era5.publish")
    assert [one["name"] for one in event["inputs"]] == places
    assert [one["name"] for one in event["outputs"]] == [f"era5/{item.key}@{item.revision}"]


def test_telling_it_twice_tells_of_one_run(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    published(ledger)
    row = newest(ledger, ItemState.PUBLISHED)
    told(ledger, tmp_path, "publish", row)
    first, second = told(ledger, tmp_path, "publish", row)

    assert first["run"]["runId"] == second["run"]["runId"]


def test_what_a_step_did_not_end_is_not_told(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    with ledger.begin() as tx:
        row = judged(tx).id

    assert told(ledger, tmp_path, "publish", row) == []
    assert told(ledger, tmp_path, "convert", row) == []


def test_an_item_that_failed_has_made_nothing(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    with ledger.begin() as tx:
        row = judged(tx).id
        items.move(tx, row, ItemState.JUDGED, ItemState.QUARANTINED, reason="too warm")
    (event,) = told(ledger, tmp_path, "judge", row)

    assert (event["eventType"], event["outputs"]) == ("FAIL", [])


def test_a_backend_is_told_over_http(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path)
    published(ledger)
    with Receiver() as backend:
        target = f"http://{backend.address}"
        lineage.tell(ledger, target, "publish", [newest(ledger, ItemState.PUBLISHED)])

    (request,) = backend.requests
    assert request.path == "/api/v1/lineage"
    assert request.event["producer"] == lineage.PRODUCER


@pytest.mark.parametrize("target", ["http://127.0.0.1:9", "/nowhere/at/all/lineage.jsonl"])
def test_a_backend_that_cannot_be_told_harms_nothing(tmp_path: Path, target: str) -> None:
    ledger = a_ledger(tmp_path)
    published(ledger)

    lineage.tell(ledger, target, "publish", [newest(ledger, ItemState.PUBLISHED)])
