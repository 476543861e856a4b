from datetime import UTC, datetime
from pathlib import Path

from sandbox.fields import Fields
from sandbox.holdings.ticks import COUNT, tick, tick_products
from tests.sandbox.holdings.test_era5 import listing

TIME = datetime(2024, 2, 29, 18, tzinfo=UTC)


def test_a_tick_decodes_with_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "tick.grib2"
    path.write_bytes(tick(Fields(1), TIME))

    assert listing(path, "shortName", "dataDate", "dataTime") == [("2t", 20240229, 1800)]


def test_no_two_ticks_or_revisions_are_alike() -> None:
    contents = {product.source for product in tick_products(Fields(1))}
    revisions = {tick(Fields(1), TIME, n) for n in range(5)}

    assert len(contents) == COUNT
    assert len(revisions) == 5


def test_a_tick_is_cheap() -> None:
    assert len(tick(Fields(1), TIME)) < 1000
