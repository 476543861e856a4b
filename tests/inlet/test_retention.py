"""What a collection keeps no longer goes, is signalled, and is missed by nobody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
import xarray as xr

from catalog import events
from inlet.census.census import Depth, take
from inlet.collection import Retention
from inlet.harvest import harvest
from inlet.house import House
from inlet.retention import Retired, retire
from lake.ledger import items, outbox
from lake.ledger.ledger import Ledger
from lake.store import LocalStore
from sandbox.client import Sandbox
from tests.inlet.three_days import WINDOW, a_copy, harvested_into

THIRD = datetime(2024, 1, 3, tzinfo=UTC)
WEEK = timedelta(days=7)
DEEP = Depth(deep=True, grace=timedelta(0))


@pytest.fixture(scope="module")
def harvested(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Path:
    return harvested_into(tmp_path_factory.mktemp("harvested"), sandbox)


@pytest.fixture
def house(tmp_path: Path, harvested: Path, sandbox: Sandbox) -> Iterator[House]:
    with a_copy(harvested, tmp_path / "home", sandbox) as copied:
        yield copied


def keeping(house: House, retention: Retention) -> House:
    """The house, which keeps its collection so long."""
    plain = house.portfolio.collection("sst")
    kept = MappingProxyType({"sst": plain.model_copy(update={"retention": retention})})
    return replace(house, portfolio=replace(house.portfolio, collections=kept))


def since_the_third(house: House) -> timedelta:
    return house.ledger.clock() - THIRD


def later(house: House, by: timedelta) -> House:
    ledger = Ledger.open(house.settings.ledger_url, lambda: datetime.now(UTC) + by, "later/1/1")
    return replace(house, ledger=ledger)


def days_out(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        return sorted(row.key[-8:] for row in items.published(tx))


def at_rest(house: House, folder: str) -> list[Path]:
    assert isinstance(house.store, LocalStore)
    return [path for path in (house.store.root / folder).rglob("*") if path.is_file()]


def told(house: House) -> list[str]:
    with house.ledger.begin() as tx:
        return [kept.signal.type for kept in outbox.tail(tx, 4)]


def test_a_collection_that_says_nothing_keeps_all(house: House) -> None:
    assert retire(later(house, 1000 * WEEK), "sst") == Retired(0, 0)
    assert len(days_out(house)) == 3


def test_an_item_past_its_time_is_withdrawn_and_signalled_and_its_bytes_rest(house: House) -> None:
    before = at_rest(house, "cubes"), at_rest(house, "granules")
    short = keeping(house, Retention(items=since_the_third(house)))

    assert retire(short, "sst") == Retired(2, 0)
    assert retire(short, "sst") == Retired(0, 0)
    assert days_out(house) == ["20240103"]
    assert told(house) == [events.WITHDRAWN, events.DELETED] * 2
    assert (at_rest(house, "cubes"), at_rest(house, "granules")) == before


def test_its_bytes_go_after_their_time_and_nobody_misses_them(house: House) -> None:
    cubes, granules = len(at_rest(house, "cubes")), len(at_rest(house, "granules"))
    assert retire(keeping(house, Retention(items=since_the_third(house))), "sst") == Retired(2, 0)

    then = later(keeping(house, Retention(bytes=WEEK)), WEEK + timedelta(hours=1))
    assert retire(then, "sst") == Retired(0, 2)
    assert retire(then, "sst") == Retired(0, 0)

    assert (len(at_rest(house, "granules")), granules) == (1, 3)
    assert len(at_rest(house, "cubes")) * 3 == cubes
    census = take(house, "sst", WINDOW, DEEP)
    assert census.gaps == ()
    assert harvest(house, "sst", WINDOW).published == 0
    assert days_out(house) == ["20240103"]
    with house.ledger.begin() as tx:
        [left] = items.published(tx)
    xr.open_zarr(house.store.url(left.cube["location"])).load()


def test_who_is_stopped_in_between_goes_on_and_nothing_passes_for_torn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    retire(keeping(house, Retention(items=since_the_third(house))), "sst")
    then = later(keeping(house, Retention(bytes=WEEK)), WEEK + timedelta(hours=1))
    removed: list[str] = []

    def stopped(self: LocalStore, key: str) -> None:
        if removed:
            raise OSError("the power went")
        removed.append(key)
        (self.root / key).unlink()

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "remove", stopped)
        with pytest.raises(OSError, match="the power went"):
            retire(then, "sst")
    assert take(house, "sst", WINDOW, DEEP).gaps == ()

    assert retire(then, "sst") == Retired(0, 2)
    assert len(at_rest(house, "granules")) == 1
