"""An event may carry the STAC item as it stands in the item's own row."""

from collections.abc import Sequence

from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. What was told before keeps its own copy.

    A relay or dispatcher of before would send what is told from now on without its payload: none
    may run any more.
    """
    # in SQL: of Alembic's, SQLite would need the whole table copied for the sake of the reference
    op.execute(
        "ALTER TABLE outbox ADD COLUMN item_id INTEGER "
        "CONSTRAINT fk_outbox_item_id REFERENCES item (id)"
    )


def downgrade() -> None:
    """Take back. What was told gets a copy of its own."""
    op.execute(
        "UPDATE outbox SET data = "
        "(SELECT CAST(item.stac AS TEXT) FROM item WHERE item.id = outbox.item_id) "
        "WHERE data = ''"
    )
    op.execute("ALTER TABLE outbox DROP COLUMN item_id")
