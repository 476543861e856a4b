import pytest

from lake.errors import LostClaim
from lake.ledger import assembly, items, quarantine
from lake.ledger.ledger import Ledger, Transaction
from lake.ledger.quarantine import Decision, Kind
from lake.ledger.states import ItemState
from lake.nouns import ItemId
from tests.makers import NEW_YEAR, a_granule, a_ledger, an_offer, landed


def held_back(tx: Transaction, key: str = "era5-20240101") -> ItemId:
    offer = landed(tx, an_offer(key, item_key=key), [a_granule(key)])
    [row] = assembly.assemble(tx, [offer], ["main"])
    for before, after in (
        (ItemState.ASSEMBLING, ItemState.CONVERTED),
        (ItemState.CONVERTED, ItemState.QUARANTINED),
    ):
        items.claim(tx, [before], [row])
        items.move(tx, row, before, after)
    return row


def a_decision(row: ItemId, kind: Kind = Kind.RELEASE) -> Decision:
    return Decision(row, kind, "Ada", "known", [{"subject": "t2m"}], NEW_YEAR)


def test_a_decision_is_kept_and_moves_the_item_on(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = held_back(tx)
        assert quarantine.quarantined(tx, "era5") == [row]
        assert quarantine.claim(tx, row) is not None

        quarantine.decide(tx, a_decision(row), ItemState.JUDGED)

        assert quarantine.decisions(tx, row) == [a_decision(row)]
        assert quarantine.released(tx, row) == a_decision(row)
        assert quarantine.quarantined(tx) == []
        assert quarantine.claim(tx, row) is None


def test_a_decision_without_a_claim_leaves_no_trace(url: str) -> None:
    ledger: Ledger = a_ledger(url)
    with ledger.begin() as tx:
        row = held_back(tx)

    with pytest.raises(LostClaim), ledger.begin() as tx:
        quarantine.decide(tx, a_decision(row), ItemState.JUDGED)

    with ledger.begin() as tx:
        assert quarantine.decisions(tx, row) == []


def test_a_later_decision_ends_a_release(url: str) -> None:
    with a_ledger(url).begin() as tx:
        row = held_back(tx)
        for kind, after in ((Kind.RELEASE, ItemState.JUDGED), (Kind.RETRY, ItemState.CONVERTED)):
            quarantine.claim(tx, row)
            quarantine.decide(tx, a_decision(row, kind), after)
            items.claim(tx, [after], [row])
            if after == ItemState.JUDGED:
                items.move(tx, row, after, ItemState.QUARANTINED)

        assert quarantine.released(tx, row) is None
