"""Alembic's entry: it is handed an open connection by ``lake.ledger.engine.migrate``."""

from alembic import context

from lake.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
