"""What a run harvests: half-open, and right for scheduled, backfilled and manual runs.

And what becomes of a run that asks by hand: each is a request, answered and at an end.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.utils.db import initdb

from catalog import events
from dags.asked import lane_of, window_of
from harvesters.errors import NotHonoured
from harvesters.quotas import Lane
from inlet.house import House, opened
from lake.ledger import outbox, requests, scopes
from lake.ledger.requests import RequestState
from lake.nouns import Window
from sandbox.client import Sandbox
from tests.dags.conftest import DAGS
from tests.makers import NEW_YEAR, a_day

DAY = timedelta(days=1)
GIVEN = {"start": "2024-01-01", "end": "2024-01-02T00:00:00Z"}


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The house whose DAGs ``by_hand`` runs."""
    initdb()
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    with opened() as found:
        yield found


def by_hand(conf: dict[str, Any], number: int = 0) -> str:
    """Run the DAG of ``sst`` whole; the same number again is the same run id, run anew."""
    at = NEW_YEAR + number * DAY
    dag = DagBag(str(DAGS / "harvest.py")).dags["harvest_sst"]  # one that ran keeps its conf
    return str(dag.test(run_after=at, logical_date=at, run_conf=conf).state)


def ends(house: House) -> list[tuple[RequestState, str | None]]:
    """How the requests stand, the newest first."""
    with house.ledger.begin() as tx:
        return [(known.state, known.code) for known in requests.recent(tx)]


def told(house: House) -> list[str]:
    """What requesters were told, in its order."""
    with house.ledger.begin() as tx:
        kept = [k.signal.type for k in outbox.tail(tx, 100)]
    return [type_ for type_ in kept if type_ in events.OF_REQUESTS]


@pytest.mark.parametrize("kind", ["scheduled", "manual", "backfill", "asset_triggered"])
def test_a_window_that_is_given_is_what_every_run_harvests(kind: str) -> None:
    assert window_of(kind, GIVEN, a_day(9).start, a_day(9).end) == a_day()


@pytest.mark.parametrize("kind", ["scheduled", "manual", "asset_triggered"])
def test_a_run_without_a_window_goes_on_from_the_cursor(kind: str) -> None:
    assert window_of(kind, {}, NEW_YEAR, NEW_YEAR + DAY) is None


def test_a_backfilled_run_harvests_its_own_interval_and_no_other() -> None:
    assert window_of("backfill", {}, NEW_YEAR, NEW_YEAR + DAY) == Window(NEW_YEAR, NEW_YEAR + DAY)


@pytest.mark.parametrize(
    "params",
    [
        {"start": "2024-01-01"},
        {"end": "2024-01-01"},
        {"ids": ["a"]},
        {"force": True},
        {"colour": "blue"},
        {"start": "2024-01-02", "end": "2024-01-01"},
        {"start": "0001-01-01T00:00:00+14:00", "end": "2024-01-01"},
    ],
)
def test_what_makes_no_window_or_a_choice_without_one_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(NotHonoured) as refused:
        window_of("manual", params, None, None)

    assert refused.value.code == "bad-request"


@pytest.mark.parametrize("params", [{"ids": ["a"]}, {**GIVEN, "force": True}])
def test_a_backfill_harvests_its_intervals_whole(params: dict[str, Any]) -> None:
    with pytest.raises(NotHonoured, match="without"):
        window_of("backfill", params, NEW_YEAR, NEW_YEAR + DAY)


@pytest.mark.parametrize(
    ("kind", "params", "lane"),
    [
        ("scheduled", {}, Lane.FORWARD),
        ("backfill", {"lane": None}, Lane.BACKFILL),
        ("manual", {}, Lane.ON_DEMAND),
        ("manual", {"lane": "backfill"}, Lane.BACKFILL),
    ],
)
def test_a_run_has_the_lane_of_its_kind_unless_another_is_asked_for(
    kind: str, params: dict[str, Any], lane: Lane
) -> None:
    assert lane_of(kind, params) is lane


@pytest.mark.parametrize(
    ("conf", "why"),
    [
        ({"start": "2024-01-01"}, "expected both start and end"),
        ({**GIVEN, "area": [10, 0, 20, -95]}, "area"),
        ({**GIVEN, "colour": "blue"}, "colour"),
    ],
    ids=["half a window", "no area", "unknown choice"],
)
def test_a_run_whose_conf_is_refused_is_a_rejected_request(
    house: House, conf: dict[str, Any], why: str
) -> None:
    assert by_hand(conf) == "failed"

    with house.ledger.begin() as tx:
        [known] = requests.recent(tx)
    assert (known.state, known.code) == (RequestState.REJECTED, "bad-request")
    assert why in str(known.reason)
    assert told(house) == [events.REQUEST_REJECTED]


def test_a_run_id_that_is_triggered_anew_harvests_what_its_conf_says_now(
    house: House,
) -> None:
    another = {"start": "2024-01-02", "end": "2024-01-03"}
    for conf in (GIVEN, another, GIVEN):
        assert by_hand(conf) == "success"

    with house.ledger.begin() as tx:
        assert [known.window for known in requests.recent(tx)] == [a_day(1), a_day(0)]
        offers = scopes.offers(tx, "sst", None, None)
        assert scopes.published(tx, "sst", offers) == [
            "sandbox-sst-20240101",
            "sandbox-sst-20240102",
        ]
    assert ends(house) == [(RequestState.COMPLETED, None)] * 2
    assert told(house) == [events.REQUEST_ACCEPTED, events.REQUEST_COMPLETED] * 2

    assert by_hand({"start": "2024-01-01"}) == "failed"
    assert ends(house)[0] == (RequestState.REJECTED, "bad-request")


def test_a_failed_run_that_is_cleared_and_succeeds_ends_its_request_as_completed(
    house: House, sandbox: Sandbox
) -> None:
    assert by_hand(GIVEN) == "success"
    with sandbox.fault("provider_cap", provider="stac", cap=0):  # it has nothing where it had one
        assert by_hand(GIVEN, 1) == "failed"
    assert ends(house)[0] == (RequestState.FAILED, "unaccounted")

    assert by_hand(GIVEN, 1) == "success"
    assert ends(house) == [(RequestState.COMPLETED, None)] * 2
    assert told(house)[2:] == [
        events.REQUEST_ACCEPTED,
        events.REQUEST_FAILED,
        events.REQUEST_COMPLETED,
    ]
