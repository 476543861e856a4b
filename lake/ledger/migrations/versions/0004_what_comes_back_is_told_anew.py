"""An item that was sent back, or is listed again, is told of anew each time it comes back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply. What is on its way back at this moment is to be told of when it comes."""
    returns = sa.Column("returns", sa.Integer(), nullable=False, server_default="0")
    op.add_column("item", returns)
    op.execute(
        "UPDATE item SET returns = 1 WHERE published_at IS NOT NULL "
        "AND state NOT IN ('published', 'superseded', 'withdrawn')"
    )
    has_reason = sa.text("reason IS NOT NULL")
    op.create_index(
        "ix_item_reason",
        "item",
        ["collection"],
        sqlite_where=has_reason,
        postgresql_where=has_reason,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_item_reason", table_name="item")
    op.drop_column("item", "returns")
