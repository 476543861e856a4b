from lake.ledger import offers
from lake.ledger.states import OfferState
from tests.makers import a_granule, a_ledger, an_offer, landed


def test_an_offer_seen_again_is_not_new(url: str) -> None:
    with a_ledger(url).begin() as tx:
        assert offers.record(tx, [an_offer("a"), an_offer("b")]) == 2
        assert offers.record(tx, [an_offer("b"), an_offer("c")]) == 1


def test_a_new_stamp_is_a_new_offer(url: str) -> None:
    with a_ledger(url).begin() as tx:
        offers.record(tx, [an_offer(stamp="2024-01-01T00:00:00Z")])

        assert offers.record(tx, [an_offer(stamp="2024-02-01T00:00:00Z")]) == 1


def test_a_landed_offer_is_finished(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = landed(tx, an_offer(), [a_granule()])

        assert offers.unfinished(tx, "era5") == []
        assert offers.in_state(tx, [OfferState.LANDED], [row]) == [row]
