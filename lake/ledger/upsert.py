"""``INSERT … ON CONFLICT``, which SQLite and PostgreSQL both know and SQLAlchemy keeps apart."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from lake.ledger.ledger import Transaction


def insert_into(tx: Transaction, table: Table) -> sqlite.Insert:
    """Return an insert for this transaction's database that knows ``on_conflict_do_…``."""
    if tx.connection.dialect.name == "postgresql":
        return cast(
            "sqlite.Insert", postgresql.insert(table)
        )  # the same methods, by the same names
    return sqlite.insert(table)
