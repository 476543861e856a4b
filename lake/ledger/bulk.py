"""Many rows in one statement on PostgreSQL, one after another on SQLite.

PostgreSQL is given a column as one array in its binary form: nothing is escaped, and a long text
is read once. What stands in a column of JSON is given as its text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    ClauseElement,
    Column,
    ColumnElement,
    String,
    Table,
    Text,
    any_,
    bindparam,
    literal,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from lake.ledger.ledger import Transaction

Rows = Sequence[Mapping[str, Any]]


def among(tx: Transaction, column: Column[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Return whether a column is one of many values: one parameter on PostgreSQL."""
    listed = list(values)
    if tx.connection.dialect.name != "postgresql":
        return column.in_(listed)
    return column == any_(literal(listed, postgresql.ARRAY(column.type)))


def change(tx: Transaction, table: Table, rows: Rows, **same: object) -> None:
    """Change rows, told by their ``id``, each its own way, and all of them in the ``same``."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    if tx.connection.dialect.name == "postgresql":
        each = [f"{name} = {_cast(table.c[name])}" for name in names]
        alike = [f"{name} = %(same_{name})s" for name in same]
        statement = (
            f"UPDATE {table.name} SET {', '.join([*each, *alike])} "  # noqa: S608 - our own names
            f"FROM {_given(tx, table, rows)} WHERE {table.name}.id = given.id"
        )
        tx.connection.exec_driver_sql(statement, _columns(rows) | _named(same))
        return
    bound = {name: bindparam(f"new_{name}", type_=_as_given(table.c[name])) for name in names}
    changed = update(table).where(table.c.id == bindparam("new_id"))
    values = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    tx.connection.execute(changed.values(**same, **bound), values)


def add(tx: Transaction, table: Table, rows: Rows, **same: ClauseElement) -> None:
    """Add rows in their order; those that are there stay. ``same`` is SQL that fills the rest."""
    if not rows:
        return
    if tx.connection.dialect.name != "postgresql":
        insert = sqlite.insert(table).values(**same)
        tx.connection.execute(insert.on_conflict_do_nothing(), list(rows))
        return
    each = [_cast(table.c[name]) for name in rows[0]]
    alike = [str(value.compile(tx.connection)) for value in same.values()]
    statement = (
        f"INSERT INTO {table.name} ({', '.join([*rows[0], *same])}) "  # noqa: S608 - our own names
        f"SELECT {', '.join([*each, *alike])} FROM {_given(tx, table, rows)} "
        "ON CONFLICT DO NOTHING"
    )
    tx.connection.exec_driver_sql(statement, _columns(rows))


def _given(tx: Transaction, table: Table, rows: Rows) -> str:
    """Return the rows as PostgreSQL sees them: ``given``, with a column for each name."""
    shape = {name: _as_given(table.c[name]).compile(tx.connection.dialect) for name in rows[0]}
    arrays = ", ".join(f"%({name})b::{type_}[]" for name, type_ in shape.items())
    return f"unnest({arrays}) AS given({', '.join(shape)})"


def _as_given(column: Column[Any]) -> Any:  # noqa: ANN401 - a type of SQLAlchemy
    """Return how a column's values are given: texts at any length, so that none is cut."""
    return Text() if isinstance(column.type, JSON | String) else column.type


def _cast(column: Column[Any]) -> str:
    return f"given.{column.name}{'::json' if isinstance(column.type, JSON) else ''}"


def _columns(rows: Rows) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _named(same: Mapping[str, object]) -> dict[str, object]:
    return {f"same_{name}": value for name, value in same.items()}
