"""Publishing: the item, its state and its signal in one transaction, or none of them."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from catalog import succession
from catalog.described import Pair
from catalog.errors import Contended, Unaccepted
from catalog.succession import Outcome, Result, Retraction
from lake.ledger.items import LedgeredItem
from lake.ledger.ledger import Ledger, Transaction
from lake.nouns import Item

T = TypeVar("T")

CONFLICTS = frozenset({"40001", "40P01", "55P03", "55006", "23514"})
"""What PostgreSQL calls it when others were in the way: serialisation, deadlock, lock, object in
use, and (pgstac) a partition that somebody made narrower in between."""
ATTEMPTS = 6
_FIRST_WAIT_SECONDS = 0.05


class Publisher(Protocol):
    """Makes judged revisions public, and takes items back, within the transaction it is given."""

    def make_way(self, ledger: Ledger, items: Sequence[Item]) -> None:
        """Prepare, in transactions of its own, what would hold readers up within another."""
        ...

    def publish(self, tx: Transaction, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
        """Publish claimed, judged revisions; nothing is seen before the commit.

        Returns what became of each, in their order; one that is refused holds up no other.

        Raises:
            Contended: another publisher was in the way; the transaction is lost.
            Unaccepted: pgstac refuses one of them; the transaction is lost.
        """
        ...

    def retract(self, tx: Transaction, collection: str, key: str, retraction: Retraction) -> None:
        """Take a published item back, by its manner.

        Raises:
            NotPublished: there is no such item in the catalogue.
            Contended: another publisher was in the way; the transaction is lost.
        """
        ...

    def restore(self, tx: Transaction, found: LedgeredItem) -> None:
        """Have an item that was kept though it was withdrawn be as it was before.

        Raises:
            NotPublished: it is not out any more as it was found.
            Contended: another publisher was in the way; the transaction is lost.
        """
        ...

    def hide(self, tx: Transaction, collection: str, key: str, reason: str) -> None:
        """Have an item not be seen that goes back in this transaction, and signal that it is gone.

        It is called before the ledger sends the item back.
        """
        ...

    def tidy(self, ledger: Ledger) -> None:
        """Do what publishing left for later, in transactions of its own."""
        ...


@dataclass(frozen=True, slots=True)
class EmbeddedPublisher:
    """Publishes in the ledger itself, which is the catalogue where there is no pgstac."""

    def make_way(self, ledger: Ledger, items: Sequence[Item]) -> None:
        """Do nothing: there is nothing in the way."""

    def publish(self, tx: Transaction, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
        """Publish revisions and append their signals to the outbox."""
        return succession.publish(tx, batch, succession.to_nobody)

    def retract(self, tx: Transaction, collection: str, key: str, retraction: Retraction) -> None:
        """Take an item back and append the signal of it to the outbox."""
        succession.retract(tx, collection, key, retraction)

    def restore(self, tx: Transaction, found: LedgeredItem) -> None:
        """Have an item be as it was and append the signal of it to the outbox."""
        succession.restore(tx, found)

    def hide(self, tx: Transaction, collection: str, key: str, reason: str) -> None:
        """Append the signal of it: the ledger shows only what is published in it."""
        succession.hide(tx, collection, key, reason)

    def tidy(self, ledger: Ledger) -> None:
        """Do nothing: nothing was left for later."""


def publish(ledger: Ledger, publisher: Publisher, batch: Sequence[Pair]) -> tuple[Outcome, ...]:
    """Publish a batch in one transaction; what pgstac refuses is found out and left aside.

    Raises:
        Contended: others were in the way each time; nothing was published.
    """

    def once() -> tuple[Outcome, ...]:
        publisher.make_way(ledger, [item for _, item in batch])
        with ledger.begin() as tx:
            return publisher.publish(tx, batch)

    try:
        return insist(once)
    except Unaccepted as why:
        if len(batch) == 1:
            return (Outcome(batch[0][0].id, Result.REFUSED, why),)
        middle = len(batch) // 2
        first = publish(ledger, publisher, batch[:middle])
        return first + publish(ledger, publisher, batch[middle:])


def retract(
    ledger: Ledger, publisher: Publisher, collection: str, key: str, retraction: Retraction
) -> None:
    """Take a published item back, in one transaction.

    Raises:
        NotPublished: there is no such item in the catalogue.
        Contended: others were in the way each time; nothing was changed.
    """

    def once() -> None:
        with ledger.begin() as tx:
            publisher.retract(tx, collection, key, retraction)

    insist(once)


def restore(ledger: Ledger, publisher: Publisher, found: LedgeredItem) -> None:
    """Have an item that was kept though it was withdrawn be as it was, in one transaction.

    Raises:
        NotPublished: it is not out any more as it was found.
        Contended: others were in the way each time; nothing was changed.
    """

    def once() -> None:
        with ledger.begin() as tx:
            publisher.restore(tx, found)

    insist(once)


def insist(
    once: Callable[[], T],
    sleep: Callable[[float], None] = time.sleep,
    jitter: Callable[[], float] = random.random,
) -> T:
    """Do a whole transaction, anew where others were in the way; wait longer each time.

    Raises:
        Contended: they were each time.
    """
    for attempt in range(ATTEMPTS - 1):
        try:
            return once()
        except Contended:
            pass
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in CONFLICTS:
                raise
        sleep(_FIRST_WAIT_SECONDS * 2**attempt * (0.5 + jitter()))
    return once()
