"""Opening the ledger's database so that many processes may write without locking up."""

from pathlib import Path
from typing import Any

import orjson
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from lake.ledger.alone import alone

BUSY_TIMEOUT_SECONDS = 60
_SETTLE = """
UPDATE outbox SET turn = 0
WHERE turn >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
  AND (SELECT turn FROM outbox ORDER BY id DESC LIMIT 1)
      >= CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)
"""
"""A restored ledger tells of transactions that are yet to come here: they are all of the past."""


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``; a SQLite file's folder is made where it is missing.

    SQLite begins every transaction with ``BEGIN IMMEDIATE``: a deferred one that reads and then
    writes fails with "database is locked" as soon as four processes do it at once.
    """
    parsed = make_url(url)
    fast: dict[str, Any] = {"json_serializer": _to_json, "json_deserializer": orjson.loads}
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, **fast)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_SECONDS}, **fast)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(url: str) -> None:
    """Bring the ledger at ``url`` to the newest schema. Running it again changes nothing.

    Of several processes at once the first does it, and the others wait.
    """
    engine = open_engine(url)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        alone(connection, "migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.dialect.name == "postgresql":
            connection.execute(text(_SETTLE))
    engine.dispose()


def _prepare_postgresql(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Compress long rows by lz4 where the server can: what it does by default costs thrice."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config(name, 'lz4', false) FROM pg_settings "
        "WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)"
    )
    cursor.close()
    connection.commit()


def _to_json(document: object) -> str:
    return orjson.dumps(document).decode()


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    driver: Any = connection
    driver.isolation_level = None  # the begin event below says when, not the driver
    cursor = driver.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
