"""Two providers of one collection, real to the wire: `inlet harvest` and the DAG alike."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from airflow.utils.db import initdb
from sqlalchemy import select

from dags import run
from harvesters import recovery
from harvesters.recovery import PATIENCE, Patience
from inlet.harvest import harvest
from inlet.house import House, opened
from lake.ledger import windows
from lake.ledger.schema import item, offer
from lake.nouns import Window
from sandbox.client import Sandbox

FAMILIES = Path(__file__).parents[1] / "faults" / "portfolio"
START = datetime(2024, 2, 1, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
KEYS = [f"tick-20240201T{hour:02}" for hour in (0, 6, 12, 18)]
KEY = "tick-{start:%Y%m%dT%H}"
Way = Callable[[], None]


@pytest.fixture(scope="module")
def second() -> Iterator[Sandbox]:
    """The second provider: another host, so that no circuit is shared."""
    with Sandbox.start() as running:
        yield running


@pytest.fixture(autouse=True)
def house(
    tmp_path: Path, sandbox: Sandbox, second: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setenv("INLET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INLET_PORTFOLIO", str(a_portfolio(tmp_path / "portfolio")))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    monkeypatch.setenv("INLET_SECOND_URL", second.url)
    quick = {name: Patience(0.2, 0.4, 2) for name in PATIENCE}
    monkeypatch.setattr(recovery, "PATIENCE", quick)
    with opened() as house:
        yield house


@pytest.fixture(params=["command", "dag"])
def bring(request: pytest.FixtureRequest, house: House) -> Way:
    """Harvest the window, by the one way or by the other."""
    if request.param == "command":
        return lambda: by_command(house)
    initdb()
    return by_dag


def by_command(house: House) -> None:
    harvest(house, "ticks", WINDOW)


def by_dag() -> None:
    times = [WINDOW.start.isoformat(), WINDOW.end.isoformat()]
    assert run.main(["--run", "ticks", *times]) == 0


def a_portfolio(place: Path) -> Path:
    """Return a portfolio of one collection: first from a STAC API, else from an OData service."""
    for folder in ("providers", "collections"):
        (place / folder).mkdir(parents=True)
    for name, variable in (("stac", "INLET_SANDBOX_URL"), ("odata", "INLET_SECOND_URL")):
        text = (FAMILIES / "providers" / f"{name}.yaml").read_text()
        described = text.replace("${INLET_SANDBOX_URL}", f"${{{variable}}}")
        # one after the other, so that it is known which come before the break
        (place / "providers" / f"{name}.yaml").write_text(f"{described}\nparallel_downloads: 1\n")
    collection = yaml.safe_load((FAMILIES / "collections" / "stac.yaml").read_text())
    collection["id"] = collection["quality"]["name"] = "ticks"
    collection["sources"] = [
        {"provider": name, "collection": "sandbox-ticks", "key": KEY} for name in ("stac", "odata")
    ]
    (place / "collections" / "ticks.yaml").write_text(yaml.safe_dump(collection))
    return place


def published(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        rows = select(item.c.key).where(item.c.state == "published").order_by(item.c.key)
        return list(tx.connection.execute(rows).scalars())


def revisions(house: House) -> int:
    with house.ledger.begin() as tx:
        return len(tx.connection.execute(item.select()).all())


def told(house: House) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return what the record says of each item and provider: the state, and why."""
    with house.ledger.begin() as tx:
        rows = tx.connection.execute(offer.select())
        return {(r.item_key, r.provider): (r.state, r.reason) for r in rows}


def from_whom(house: House, state: str = "landed") -> dict[str, str]:
    return {key: who for (key, who), (found, _) in sorted(told(house).items()) if found == state}


def test_a_first_provider_that_is_down_is_passed_over_and_brings_nothing_twice_when_it_is_back(
    house: House, bring: Way, sandbox: Sandbox
) -> None:
    with sandbox.fault("unavailable", provider="stac"):
        bring()

    assert published(house) == KEYS
    assert from_whom(house) == dict.fromkeys(KEYS, "odata")
    with house.ledger.begin() as tx:
        [why] = [w.reason for w, _ in windows.recent(tx) if w.provider == "stac"]
    assert why is not None
    assert "ProviderUnreachable" in why

    bring()
    assert (published(house), revisions(house)) == (KEYS, 4)
    assert from_whom(house, "covered") == dict.fromkeys(KEYS, "stac")
    assert {told(house)[key, "stac"][1] for key in KEYS} == {"it is taken from odata"}


def test_what_the_first_lists_as_offline_comes_from_the_second(
    house: House, bring: Way, sandbox: Sandbox
) -> None:
    with sandbox.fault("offline_product", provider="stac", subject="T06"):
        bring()

    assert (published(house), revisions(house)) == (KEYS, 4)
    assert from_whom(house) == {key: "odata" if "T06" in key else "stac" for key in KEYS}
    state, why = told(house)[KEYS[1], "stac"]
    assert state == "failed"
    assert why


def test_what_goes_offline_between_discovery_and_download_comes_from_the_second(
    house: House, bring: Way, sandbox: Sandbox
) -> None:
    with sandbox.fault("unavailable", provider="stac", subject="/data/", status=403):
        bring()

    assert (published(house), revisions(house)) == (KEYS, 4)
    assert from_whom(house) == dict.fromkeys(KEYS, "odata")
    assert all("403" in (told(house)[key, "stac"][1] or "") for key in KEYS)

    bring()
    assert (published(house), revisions(house)) == (KEYS, 4)
    assert from_whom(house) == dict.fromkeys(KEYS, "odata")
    state, why = told(house)[KEYS[0], "stac"]
    assert state == "covered"
    assert "403" in (why or "")


def test_when_the_circuit_of_the_first_opens_midway_the_second_brings_the_rest(
    house: House, bring: Way, sandbox: Sandbox
) -> None:
    with sandbox.fault("connection_reset", provider="stac", subject="/data/", after=1):
        bring()

    assert (published(house), revisions(house)) == (KEYS, 4)
    assert sorted(from_whom(house).values()) == ["odata", "odata", "odata", "stac"]
    left = [
        told(house)[key, "stac"][1] or "" for key, by in from_whom(house).items() if by != "stac"
    ]
    assert all("ProviderUnreachable" in why or "has not answered since" in why for why in left)
