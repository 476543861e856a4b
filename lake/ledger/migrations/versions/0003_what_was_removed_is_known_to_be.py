"""Bytes that are kept no longer are known to have been removed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from lake.ledger.schema import UtcDateTime

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    for table in ("granule", "item"):
        op.add_column(table, sa.Column("removed_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    for table in ("granule", "item"):
        op.drop_column(table, "removed_at")
