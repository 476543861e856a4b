"""A request that was refused may name no window."""

from collections.abc import Sequence

from alembic import op

from lake.ledger.schema import UtcDateTime

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    _let_be_empty(True)


def downgrade() -> None:
    """Take back. Requests without a window, all of them rejected, are forgotten."""
    op.execute("DELETE FROM request WHERE start_at IS NULL")
    _let_be_empty(False)


def _let_be_empty(may_be: bool) -> None:
    with op.batch_alter_table("request") as table:
        for column in ("start_at", "end_at"):
            table.alter_column(column, existing_type=UtcDateTime(), nullable=may_be)
