"""Harvests without a window, of bounded orders, and of orders that come short."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from harvesters.errors import Misconfigured
from inlet.cli.app import app
from inlet.harvest import Harvested, harvest
from inlet.house import House, opened
from inlet.settings import Settings
from lake.ledger import progress, watermarks
from lake.nouns import Window
from sandbox.client import Sandbox

PORTFOLIO = Path(__file__).parents[2] / "portfolio"
DAY = timedelta(days=1)
START = datetime(2024, 1, 1, tzinfo=UTC)
Change = Callable[[dict[str, object]], object]


def portfolio_with(place: Path, collection: str, change: Change) -> Path:
    """Return a copy of the portfolio with one collection alone, and that changed."""
    (place / "collections").mkdir(parents=True)
    (place / "providers").symlink_to(PORTFOLIO / "providers")
    known = yaml.safe_load((PORTFOLIO / "collections" / f"{collection}.yaml").read_text())
    change(known)
    (place / "collections" / f"{collection}.yaml").write_text(yaml.safe_dump(known))
    return place


@pytest.fixture
def house_of(tmp_path: Path, sandbox: Sandbox) -> Iterator[Callable[[str, Change], House]]:
    open_now = []

    def build(collection: str, change: Change) -> House:
        root = portfolio_with(tmp_path / "portfolio", collection, change)
        settings = Settings(home=tmp_path / "home", sandbox_url=sandbox.url, portfolio=root)
        held = opened(settings)
        open_now.append(held)
        return held.__enter__()

    yield build
    for held in open_now:
        held.__exit__(None, None, None)
    sandbox.reset()


def only_cut(found: dict[str, object]) -> None:
    """Leave one part of a few fields, cut into two orders."""
    found["sources"] = [
        {
            "provider": "sandbox_destine",
            "collection": "DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
            "split": "day",
            "key": "climate-dt-{start:%Y%m%d}",
            "max_fields": 4,
            "queries": {
                "surface": {
                    "ecmwf:levtype": "sfc",
                    "ecmwf:resolution": "standard",
                    "ecmwf:param": "167/165/166",
                    "ecmwf:time": ["12:00", "00:00"],
                }
            },
        }
    ]
    found.pop("quality", None)


def harvested(house: House) -> Harvested:
    return harvest(house, "climate-dt", Window(START, START + DAY))


def test_one_item_is_made_of_bounded_orders(
    house_of: Callable[[str, Change], House], sandbox: Sandbox
) -> None:
    before = len(sandbox.orders("polytope"))
    house = house_of("climate-dt", only_cut)
    done = harvested(house)

    assert (done.found.new, done.published, done.left_out) == (2, 1, 0)
    placed = sandbox.orders("polytope")[before:]
    assert sorted(str(order.request["param"]) for order in placed) == ["165/166", "167"]
    assert harvested(house).found.new == 0


def test_an_order_that_comes_short_is_not_published(
    house_of: Callable[[str, Change], House], sandbox: Sandbox
) -> None:
    house = house_of("climate-dt", only_cut)
    with sandbox.fault("result_missing_fields", provider="polytope", times=1):
        done = harvested(house)
    with house.ledger.begin() as tx:
        reasons = [trouble.reason for trouble in progress.troubles(tx, "climate-dt")]

    assert (done.published, done.left_out) == (0, 1)
    assert any("expected 6 fields, came 5" in reason for reason in reasons)


def test_a_harvest_without_a_window_begins_at_its_cursor_and_moves_it(
    house_of: Callable[[str, Change], House],
) -> None:
    def since(found: dict[str, object]) -> None:
        found["sources"][0]["since"] = "2024-12-29T00:00:00Z"  # type: ignore[index]

    house = house_of("sst", since)
    first = harvest(house, "sst")
    with house.ledger.begin() as tx:
        mark = watermarks.find(tx, "sst", "sandbox_stac")

    assert mark is not None
    assert mark.by == "published"
    assert mark.position > datetime(2026, 1, 1, tzinfo=UTC)
    assert first.published == first.found.new > 0
    assert harvest(house, "sst").found.found == 0


def test_a_harvest_without_a_cursor_says_what_to_do(
    house_of: Callable[[str, Change], House],
) -> None:
    with pytest.raises(Misconfigured, match="inlet cursor set sst --to"):
        harvest(house_of("sst", lambda _: None), "sst")


def test_the_command_sets_and_shows_cursors(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [key for key in os.environ if key.startswith("INLET_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INLET_HOME", str(tmp_path))
    monkeypatch.setenv("INLET_SANDBOX_URL", sandbox.url)
    run = CliRunner()

    assert "No cursor yet" in run.invoke(app, ["cursor", "show"]).output
    told = run.invoke(app, ["cursor", "set", "era5", "--to", "2024-01-01"])
    assert "sensing time" in told.output
    assert (
        '"position": "2024-01-01T00:00:00Z"'
        in run.invoke(app, ["cursor", "show", "era5", "--json"]).output
    )
    wrong = run.invoke(app, ["cursor", "set", "era5", "--to", "soon"])
    assert wrong.exit_code == 2
    half = run.invoke(app, ["harvest", "era5", "--start", "2024-01-01"])
    assert half.exit_code == 2
