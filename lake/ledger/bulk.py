"""Many rows in one statement on PostgreSQL, one after another on SQLite."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    FromClause,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from lake.ledger.ledger import Transaction
from lake.ledger.upsert import insert_into

Rows = Sequence[Mapping[str, Any]]


def change(tx: Transaction, table: Table, rows: Rows, **same: object) -> None:
    """Change rows, told by their ``id``, each its own way, and all of them in the ``same``."""
    if not rows:
        return
    names = [name for name in rows[0] if name != "id"]
    if tx.connection.dialect.name == "postgresql":
        given = _given(table, rows)
        each = {name: given.c[name] for name in names}
        tx.connection.execute(update(table).where(table.c.id == given.c.id).values(**same, **each))
        return
    each_bound = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    changed = update(table).where(table.c.id == bindparam("new_id"))
    values = [{f"new_{name}": value for name, value in row.items()} for row in rows]
    tx.connection.execute(changed.values(**same, **each_bound), values)


def add(tx: Transaction, table: Table, rows: Rows, **same: Any) -> None:  # noqa: ANN401 - values or SQL
    """Add rows in their order, all with the ``same`` beside; those that are there stay."""
    if not rows:
        return
    insert = insert_into(tx, table)
    if tx.connection.dialect.name != "postgresql":
        tx.connection.execute(insert.values(**same).on_conflict_do_nothing(), list(rows))
        return
    given = _given(table, rows)
    values = [value if hasattr(value, "compile") else literal(value) for value in same.values()]
    chosen = select(*(given.c[name] for name in rows[0]), *values)
    added = insert.from_select([*rows[0], *same], chosen)
    tx.connection.execute(added.on_conflict_do_nothing())


def _given(table: Table, rows: Rows) -> FromClause:
    """Return the rows as PostgreSQL sees them: one document, which is read faster than arrays."""
    document = orjson.dumps(list(rows)).decode()
    shape = [column(name, table.c[name].type) for name in rows[0]]
    read = func.json_to_recordset(cast(literal(document, Text), postgresql.JSON))
    return read.table_valued(*shape, name="given").render_derived(with_types=True)
