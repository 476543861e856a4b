import pytest

from harvesters import errors
from harvesters.ordering import place
from harvesters.recovery import RECOVERIES, Recovery
from lake.ledger import offers, work
from lake.ledger import schema as tables
from lake.ledger.ledger import Ledger
from lake.ledger.states import OfferState
from lake.nouns import OfferId
from tests.harvesters.fake_gateway import FakeGateway
from tests.harvesters.rows import discovered, row_of
from tests.harvesters.test_errors import all_errors


def test_every_error_has_one_recovery() -> None:
    assert set(RECOVERIES) == all_errors()


def test_what_is_wrong_for_good_is_invalid_and_nothing_else_is() -> None:
    final = {e for e, recovery in RECOVERIES.items() if recovery is Recovery.INVALID}

    assert final == {e for e in all_errors() if issubclass(e, errors.BadBytes)}


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (errors.RateLimited("slow down", 3), OfferState.ORDERING),
        (errors.NotAProduct("a page"), OfferState.INVALID),
        (errors.RequestRefused("no such variable"), OfferState.FAILED),
    ],
)
def test_an_error_leaves_the_offer_in_its_state_with_the_reason(
    ledger: Ledger, error: errors.HarvestError, state: OfferState
) -> None:
    ids = discovered(ledger, needs_order=True)
    place(ledger, FakeGateway(order_errors=[error]), ids)

    row = row_of(ledger, ids[0])
    assert row.state == state
    assert row.reason == f"{type(error).__name__}: {error}"
    assert row.lease_owner is None


def test_reviving_a_failed_order_orders_afresh(ledger: Ledger) -> None:
    ids = discovered(ledger, needs_order=True)
    gateway = FakeGateway(order_errors=[errors.OrderFailed("worker lost")])
    place(ledger, gateway, ids)

    with ledger.begin() as tx:
        work.revive(tx, tables.offer)
    with ledger.begin() as tx:
        again: list[OfferId] = offers.in_state(tx, [OfferState.DISCOVERED], ids)
    assert again == ids
    assert place(ledger, gateway, ids) == ids
