"""The ledger as it began."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from lake.ledger.schema import UtcDateTime

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "bucket",
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("credential", sa.String(length=256), nullable=False),
        sa.Column("operation", sa.String(length=16), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("turn", sa.Float(), nullable=False),
        sa.Column("refilled_at", UtcDateTime(), nullable=False),
        sa.Column("blocked_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("provider", "credential", "operation", name=op.f("pk_bucket")),
    )
    op.create_table(
        "bucket_lane",
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("credential", sa.String(length=256), nullable=False),
        sa.Column("operation", sa.String(length=16), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("turn", sa.Float(), nullable=False),
        sa.Column("wanted_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint(
            "provider", "credential", "operation", "lane", name=op.f("pk_bucket_lane")
        ),
    )
    op.create_table(
        "circuit",
        sa.Column("host", sa.String(length=256), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("probe_until", UtcDateTime(), nullable=True),
        sa.Column("prober", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_circuit")),
    )
    op.create_table(
        "granule",
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.Column("landed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_granule")),
    )
    op.create_table(
        "growth",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("snapshot", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_growth")),
        sa.UniqueConstraint("collection", name=op.f("uq_growth_collection")),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=128), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=256), nullable=False),
        sa.Column("revision", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cube", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("verdict", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("stac", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("start_at", UtcDateTime(), nullable=True),
        sa.Column("end_at", UtcDateTime(), nullable=True),
        sa.Column("west", sa.Float(), nullable=True),
        sa.Column("south", sa.Float(), nullable=True),
        sa.Column("east", sa.Float(), nullable=True),
        sa.Column("north", sa.Float(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("snapshot", sa.String(length=32), nullable=True),
        sa.Column("outside", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
        sa.UniqueConstraint("collection", "key", "revision", name=op.f("uq_item_collection")),
    )
    op.create_index("ix_item_state", "item", ["collection", "state"], unique=False)
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("notice_id", sa.String(length=256), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=True),
        sa.Column("start_at", UtcDateTime(), nullable=True),
        sa.Column("end_at", UtcDateTime(), nullable=True),
        sa.Column("native_ids", sa.JSON(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("source", "notice_id", name=op.f("uq_notice_source")),
    )
    op.create_index("ix_notice_state", "notice", ["state"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("start_at", UtcDateTime(), nullable=False),
        sa.Column("end_at", UtcDateTime(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("requester", sa.String(length=256), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("correlation", sa.String(length=256), nullable=False),
        sa.Column("run", sa.String(length=256), nullable=False),
        sa.Column("keys", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("code", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("name", name=op.f("uq_request_name")),
    )
    op.create_index("ix_request_state", "request", ["state"], unique=False)
    op.create_index("ix_request_digest", "request", ["digest"], unique=False)
    op.create_table(
        "offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("native_id", sa.String(length=512), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("item_key", sa.String(length=256), nullable=False),
        sa.Column("start_at", UtcDateTime(), nullable=False),
        sa.Column("end_at", UtcDateTime(), nullable=False),
        sa.Column("needs_order", sa.Boolean(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("fields_planned", sa.Integer(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.Column("order_id", sa.String(length=256), nullable=True),
        sa.Column("ordering_at", UtcDateTime(), nullable=True),
        sa.Column("orders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duplicates", sa.Integer(), server_default="0", nullable=False),
        sa.Column("duplicate_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint(
            "collection", "provider", "native_id", "stamp", name=op.f("uq_offer_collection")
        ),
    )
    op.create_index("ix_offer_item_key", "offer", ["collection", "item_key"], unique=False)
    op.create_index("ix_offer_state", "offer", ["collection", "state"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
    )
    op.create_index("ix_outbox_subject", "outbox", ["subject"], unique=False)
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "slot",
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("credential", sa.String(length=256), nullable=False),
        sa.Column("operation", sa.String(length=16), nullable=False),
        sa.Column("batch", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint(
            "provider", "credential", "operation", "batch", name=op.f("pk_slot")
        ),
    )
    op.create_table(
        "subscription",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("filter", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("secret_name", sa.String(length=128), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_subscription")),
    )
    op.create_table(
        "traffic",
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("credential", sa.String(length=256), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "credential", "month", name=op.f("pk_traffic")),
    )
    op.create_table(
        "watermark",
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("position", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "provider", name=op.f("pk_watermark")),
    )
    op.create_table(
        "window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection", sa.String(length=128), nullable=False),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("part", sa.String(length=64), server_default="main", nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("start_at", UtcDateTime(), nullable=False),
        sa.Column("end_at", UtcDateTime(), nullable=False),
        sa.Column("stated", sa.Integer(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("unique_found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("is_accounted", sa.Boolean(), nullable=False),
        sa.Column("is_leaf", sa.Boolean(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["window.id"], name=op.f("fk_window_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_window")),
    )
    op.create_index(
        "ix_window_accounted", "window", ["collection", "provider", "by", "end_at"], unique=False
    )
    op.create_index("ix_window_parent", "window", ["parent"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_decision_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_item_id", "decision", ["item_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.String(length=128), nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=True),
        sa.Column("failed_from", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox.event_id"], name=op.f("fk_delivery_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["subscription"], ["subscription.name"], name=op.f("fk_delivery_subscription")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("subscription", "event_id", name=op.f("uq_delivery_subscription")),
    )
    op.create_index("ix_delivery_state", "delivery", ["state"], unique=False)
    op.create_index("ix_delivery_turn", "delivery", ["subscription", "subject"], unique=False)
    op.create_table(
        "item_granule",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["granule.digest"], name=op.f("fk_item_granule_digest")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_granule_item_id")),
        sa.PrimaryKeyConstraint("item_id", "digest", "part", name=op.f("pk_item_granule")),
    )
    op.create_table(
        "offer_granule",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["granule.digest"], name=op.f("fk_offer_granule_digest")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offer.id"], name=op.f("fk_offer_granule_offer_id")
        ),
        sa.PrimaryKeyConstraint("offer_id", "digest", name=op.f("pk_offer_granule")),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("run", sa.String(length=256), nullable=True),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_provider", "draft", ["provider"], unique=False)
    op.create_table(
        "draft_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("provider", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_draft_decision_draft_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_decision")),
    )
    op.create_index("ix_draft_decision_provider", "draft_decision", ["provider"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_draft_decision_provider", table_name="draft_decision")
    op.drop_table("draft_decision")
    op.drop_index("ix_draft_provider", table_name="draft")
    op.drop_table("draft")
    op.drop_table("offer_granule")
    op.drop_table("item_granule")
    op.drop_index("ix_delivery_turn", table_name="delivery")
    op.drop_index("ix_delivery_state", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index("ix_decision_item_id", table_name="decision")
    op.drop_table("decision")
    op.drop_index("ix_window_parent", table_name="window")
    op.drop_index("ix_window_accounted", table_name="window")
    op.drop_table("window")
    op.drop_table("watermark")
    op.drop_table("traffic")
    op.drop_table("subscription")
    op.drop_table("slot")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.drop_index("ix_outbox_subject", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_request_state", table_name="request")
    op.drop_index("ix_request_digest", table_name="request")
    op.drop_table("request")
    op.drop_index("ix_offer_state", table_name="offer")
    op.drop_index("ix_offer_item_key", table_name="offer")
    op.drop_table("offer")
    op.drop_index("ix_notice_state", table_name="notice")
    op.drop_table("notice")
    op.drop_table("lease")
    op.drop_index("ix_item_state", table_name="item")
    op.drop_table("item")
    op.drop_table("inbox")
    op.drop_table("growth")
    op.drop_table("granule")
    op.drop_table("circuit")
    op.drop_table("bucket_lane")
    op.drop_table("bucket")
