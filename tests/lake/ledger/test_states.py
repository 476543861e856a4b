import pytest

from lake.ledger.states import ITEM_MOVES, OFFER_MOVES, ItemState, OfferState


def test_every_state_says_what_may_follow() -> None:
    assert set(OFFER_MOVES) == set(OfferState)
    assert set(ITEM_MOVES) == set(ItemState)


@pytest.mark.parametrize("moves", [OFFER_MOVES, ITEM_MOVES])
def test_invalid_is_an_end_and_failed_is_not(moves: dict[str, frozenset[str]]) -> None:
    assert not moves["invalid"]
    assert moves["failed"]
