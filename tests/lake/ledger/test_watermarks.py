from datetime import UTC, datetime, timedelta

from lake.ledger import offers, watermarks
from lake.ledger.windows import PUBLISHED, SENSING
from tests.makers import NEW_YEAR, a_granule, a_ledger, an_offer, landed


def test_a_cursor_stands_where_it_was_put_last(url: str) -> None:
    later = NEW_YEAR + timedelta(days=1)
    with a_ledger(url).begin() as tx:
        assert watermarks.find(tx, "era5", "cds") is None
        watermarks.put(tx, "era5", "cds", SENSING, later)
        watermarks.put(tx, "era5", "cds", PUBLISHED, NEW_YEAR)
        watermarks.put(tx, "era5", "other", SENSING, later)
        found = watermarks.find(tx, "era5", "cds")

        assert found is not None
        assert (found.by, found.position) == (PUBLISHED, NEW_YEAR)
        assert len(watermarks.every(tx)) == 2
        assert watermarks.every(tx, "sst") == []


def test_the_oldest_unfinished_offer_holds_the_cursor_back(url: str) -> None:
    with a_ledger(url).begin() as tx:
        assert watermarks.oldest_unfinished(tx, "era5", "cds", SENSING) is None
        landed(tx, an_offer("done", stamp="2023-12-01T00:00:00Z"), [a_granule()])
        offers.record(tx, [an_offer("b", stamp="2024-02-02T00:00:00Z"), an_offer("c")])

        assert watermarks.oldest_unfinished(tx, "era5", "cds", SENSING) == NEW_YEAR
        assert watermarks.oldest_unfinished(tx, "era5", "cds", PUBLISHED) == NEW_YEAR


def test_in_publication_time_it_is_the_stamp_that_counts(url: str) -> None:
    with a_ledger(url).begin() as tx:
        offers.record(tx, [an_offer("b", stamp="2024-02-02T00:00:00Z")])

        assert watermarks.oldest_unfinished(tx, "era5", "cds", PUBLISHED) == datetime(
            2024, 2, 2, tzinfo=UTC
        )
