"""The databases that the house needs, brought to their newest schema, again and again."""

import sys
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from inlet.errors import StackSilent
from inlet.stack.tool import finish
from lake.ledger.engine import migrate as migrate_ledger

_FLAT_BOX = """
CREATE OR REPLACE FUNCTION pgstac.bbox_geom(_bbox jsonb) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT ST_MakeEnvelope((_bbox->>0)::float8, (_bbox->>1)::float8,
                         (_bbox->>(n / 2))::float8, (_bbox->>(n / 2 + 1))::float8, 4326)
  FROM jsonb_array_length(_bbox) AS corners(n) WHERE n IN (4, 6)
$$
"""
"""pgstac 0.10 makes a polyhedral surface of a box with heights, which no search can intersect and
is answered with status 500; items lie on the ground, so the box's footprint is what is meant."""


def create(server: URL, name: str) -> None:
    """Make the database ``name`` where it is missing.

    Raises:
        StackSilent: this user may not.
    """
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if not _has(connection, name):
                connection.execute(text(f'CREATE DATABASE "{name}"'))
    except DBAPIError as error:
        raise StackSilent(
            f"expected the database {name!r} or the right to make it, came: {error.orig}; "
            "let the server's administrator make it"
        ) from error


def migrate(url: URL) -> None:
    """Bring the catalogue (pgstac) and the ledger at ``url`` to their newest schema.

    Raises:
        StackSilent: pgstac's migration failed.
    """
    _migrate_pgstac(url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET search_path TO pgstac, public"))
        connection.exec_driver_sql(_FLAT_BOX)
    migrate_ledger(url.render_as_string(hide_password=False))


def _migrate_pgstac(url: URL) -> None:
    # a command line can be read by everybody on the machine, so the password goes another way
    dsn = url._replace(drivername="postgresql", password=None).render_as_string()
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    program = str(Path(sys.executable).with_name("pypgstac"))
    finish((program, "migrate", "--dsn", dsn), "pgstac's migration to be done", password)


def _has(connection: Connection, name: str) -> bool:
    found = connection.execute(
        text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}
    )
    return found.first() is not None
