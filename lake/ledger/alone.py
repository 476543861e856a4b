"""One at a time, where no row is there yet that could be locked."""

from sqlalchemy import Connection, func, select


def alone(connection: Connection, what: str) -> None:
    """Wait until nobody else holds ``what``, and hold it until this transaction ends.

    On SQLite every transaction that writes is alone already (see ``engine``).
    """
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(what, 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
