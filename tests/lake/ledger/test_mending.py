import pytest

from lake.errors import LostClaim
from lake.ledger import mending, offers, survey
from lake.ledger.states import OfferState
from tests.makers import a_day, a_granule, a_ledger, an_offer, landed


def test_a_reopened_offer_is_to_be_fetched_and_says_why(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = landed(tx, an_offer(), [a_granule()])

        mending.reopen_offer(tx, row, "census: nothing is there")

        assert offers.in_state(tx, [OfferState.DISCOVERED], [row]) == [row]
        assert survey.granules_of(tx, [row]) == {}
        assert survey.landed_after(tx, "era5", a_day(), 0) == []


def test_what_is_not_landed_any_more_is_left_alone(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = landed(tx, an_offer(), [a_granule()])
        mending.reopen_offer(tx, row, "torn")

        with pytest.raises(LostClaim, match="expected it landed and free"):
            mending.reopen_offer(tx, row, "torn")
