from lake.ledger import offers, survey
from tests.makers import a_day, a_granule, a_ledger, an_offer, landed


def test_pages_hold_every_row_once(url: str) -> None:
    ledger = a_ledger(url)
    with ledger.begin() as tx:
        rows = [landed(tx, an_offer(f"n{i}"), [a_granule(str(i))]) for i in range(7)]

    pages = survey.paged(
        ledger, lambda tx, after: survey.landed_after(tx, "era5", a_day(), after, limit=3)
    )

    assert [facts.id for page in pages for facts in page] == rows


def test_only_what_overlaps_the_window_is_landed_there(url: str) -> None:
    with a_ledger(url).begin() as tx:
        landed(tx, an_offer(), [a_granule()])

        assert survey.landed_after(tx, "era5", a_day(1), 0) == []
        assert len(survey.covering(tx, "era5", "cds", "main", a_day())) == 1


def test_a_part_that_another_provider_landed_is_known_by_its_item(url: str) -> None:
    part = ("era5-20240101", "main")
    with a_ledger(url).begin() as tx:
        landed(tx, an_offer(provider="a"), [a_granule()])
        offers.record(tx, [an_offer(provider="b")])

        assert survey.landed_parts(tx, "era5", [part], besides="b") == {part}
        assert survey.landed_parts(tx, "era5", [part], besides="a") == set()
