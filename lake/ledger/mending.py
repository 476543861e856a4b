"""Sending back what a census found torn, so that the next harvest makes it whole."""

from typing import Any

from sqlalchemy import ColumnElement, Table, delete, or_, update

from lake.errors import LostClaim
from lake.ledger.ledger import Transaction
from lake.ledger.schema import item, offer, offer_granule
from lake.ledger.states import (
    ITEM_MOVES,
    OFFER_MOVES,
    ItemState,
    OfferState,
    may_follow,
)
from lake.nouns import ItemId, OfferId


def reopen_offer(tx: Transaction, row: OfferId, reason: str) -> None:
    """Send a landed offer back to be fetched anew; its lost bytes are its own no more.

    Raises:
        LostClaim: it is not landed any more, or somebody works on it.
    """
    may_follow(OFFER_MOVES, OfferState.LANDED, OfferState.DISCOVERED)
    _reopen(tx, offer, row, OfferState.LANDED, OfferState.DISCOVERED, reason)
    tx.connection.execute(delete(offer_granule).where(offer_granule.c.offer_id == row))


def reopen_item(tx: Transaction, row: ItemId, before: ItemState, reason: str) -> None:
    """Send an item revision back to be converted anew; one that was out has to return.

    Raises:
        LostClaim: it is not in that state any more, or somebody works on it.
    """
    may_follow(ITEM_MOVES, before, ItemState.ASSEMBLING)
    returns = item.c.returns + int(before is ItemState.PUBLISHED)
    _reopen(tx, item, row, before, ItemState.ASSEMBLING, reason, returns=returns)


def _reopen(
    tx: Transaction,
    table: Table,
    row: int,
    before: str,
    after: str,
    reason: str,
    **values: ColumnElement[int],
) -> None:
    is_free = or_(table.c.lease_until.is_(None), table.c.lease_until <= tx.now)
    found = update(table).where(table.c.id == row, table.c.state == before, is_free)
    fresh: dict[str, Any] = {"attempts": 0, "not_before": None, "failed_from": None, **values}
    back = found.values(state=after, reason=reason, updated_at=tx.now, **fresh)
    if tx.connection.execute(back).rowcount != 1:
        raise LostClaim(
            f"{table.name} {row}: expected it {before} and free; another worker has it. Run the "
            "census again"
        )
