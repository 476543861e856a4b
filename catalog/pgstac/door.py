"""The way into pgstac within a transaction of the ledger, and what its refusals mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import OperationalError

from catalog.errors import Contended, Unaccepted
from catalog.publisher import CONFLICTS
from lake.ledger.ledger import Transaction

Connection = psycopg.Connection[Any]

_OF_THE_SERVER = frozenset({"08", "53", "57", "58"})
"""PostgreSQL's classes of errors that speak of itself: connection, room, shutdown, system."""


@contextmanager
def entered(tx: Transaction) -> Iterator[Connection]:
    """Give the transaction's own connection, as pgstac wants it until the transaction ends.

    Raises:
        OperationalError: the server went away, or cannot go on; no item is at fault.
        Contended, Unaccepted: as ``Publisher`` has it.
    """
    connection: Any = tx.connection.connection.driver_connection
    try:
        connection.execute(
            "SELECT set_config('pgstac.use_queue', 'true', true), "
            "set_config('timezone', 'UTC', true), "
            "set_config('search_path', 'pgstac, ' || current_setting('search_path'), true)"
        )
        yield connection
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate[:2] in _OF_THE_SERVER:
            raise OperationalError(None, None, error) from error
        kind = Contended if error.sqlstate in CONFLICTS else Unaccepted
        raise kind(
            f"expected pgstac to take it, came {error.sqlstate}: {str(error).strip()[:500]}"
        ) from error
