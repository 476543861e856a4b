"""The moves of a plan as a harvest leaves them in the ledger: landed, assembled, or withdrawn."""

from collections.abc import Sequence

from sqlalchemy import select, update

from lake.ledger import assembly
from lake.ledger.ledger import Transaction
from lake.ledger.schema import offer
from lake.ledger.states import OfferState
from tests.chaos.plan import Deed, Move
from tests.makers import a_granule, an_offer, landed


def feed(tx: Transaction, moves: Sequence[Move]) -> None:
    """Make these moves, all or none; those that were made already change nothing."""
    for move in moves:
        if move.deed is Deed.WITHDRAW:
            _withdraw(tx, move)
        elif not _is_known(tx, move):
            _revise(tx, move)


def _revise(tx: Transaction, move: Move) -> None:
    name = _native_id(move)
    offered = an_offer(name, collection=move.collection, item_key=move.key)
    row = landed(tx, offered, [a_granule(f"{move.collection}/{name}")])
    assembly.assemble(tx, [row], ["main"])


def _withdraw(tx: Transaction, move: Move) -> None:
    gone = update(offer).where(offer.c.collection == move.collection, offer.c.item_key == move.key)
    tx.connection.execute(gone.values(state=OfferState.WITHDRAWN))


def _is_known(tx: Transaction, move: Move) -> bool:
    same = (offer.c.collection == move.collection) & (offer.c.native_id == _native_id(move))
    return tx.connection.execute(select(offer.c.id).where(same)).first() is not None


def _native_id(move: Move) -> str:
    return f"{move.key}/{move.number}"
