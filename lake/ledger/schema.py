"""The ledger's tables. Alembic's migrations make them; this is what the code reads and writes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcDateTime(TypeDecorator[datetime]):
    """A UTC-aware datetime on every database; SQLite itself knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC; a naive time is refused, since nobody knows what it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a UTC-aware time, came {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC-aware times only."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _work() -> tuple[Column[Any], ...]:
    """Columns of everything that is worked on: state, lease, retries and the reason."""
    return (
        Column("state", String(16), nullable=False),
        Column("attempts", Integer, nullable=False, default=0, server_default="0"),
        Column("not_before", UtcDateTime),
        Column("failed_from", String(16)),
        Column("reason", Text),
        Column("lease_owner", String(128)),
        Column("lease_until", UtcDateTime),
        Column("created_at", UtcDateTime, nullable=False),
        Column("updated_at", UtcDateTime, nullable=False),
    )


offer = Table(
    "offer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(128), nullable=False),
    Column("provider", String(128), nullable=False),
    Column("native_id", String(512), nullable=False),
    Column("stamp", String(64), nullable=False, default=""),  # "" where the provider has none
    Column("part", String(64), nullable=False),
    Column("item_key", String(256), nullable=False),
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("needs_order", Boolean, nullable=False),
    Column("product", Text, nullable=False),
    Column("fields_planned", Integer),  # that its order asks for; null where nobody can tell
    Column("seen_at", UtcDateTime),  # when the provider listed it last
    Column("order_id", String(256)),
    Column("ordering_at", UtcDateTime),  # when the last order left, answered or not
    Column("orders", Integer, nullable=False, default=0, server_default="0"),  # that have left
    Column("duplicates", Integer, nullable=False, default=0, server_default="0"),
    Column("duplicate_reason", Text),
    *_work(),
    UniqueConstraint("collection", "provider", "native_id", "stamp"),
    Index("ix_offer_item_key", "collection", "item_key"),
    Index("ix_offer_state", "collection", "state"),
)

granule = Table(
    "granule",
    metadata,
    Column("digest", String(80), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(128), nullable=False),
    Column("location", Text, nullable=False),
    Column("landed_at", UtcDateTime, nullable=False),
    Column("removed_at", UtcDateTime),  # when it was kept no longer; null while it is there
)

offer_granule = Table(
    "offer_granule",
    metadata,
    Column("offer_id", ForeignKey("offer.id"), primary_key=True),
    Column("digest", ForeignKey("granule.digest"), primary_key=True),
    Column("source", Text, nullable=False),  # where the bytes came from, without credentials
)

item = Table(
    "item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(128), nullable=False),
    Column("key", String(256), nullable=False),
    Column("revision", String(80), nullable=False),
    Column("sequence", Integer, nullable=False),  # the order of revisions of one key
    Column("cube", JSON(none_as_null=True)),
    Column("verdict", JSON(none_as_null=True)),
    Column("stac", JSON(none_as_null=True)),
    Column("start_at", UtcDateTime),
    Column("end_at", UtcDateTime),
    Column("west", Float),
    Column("south", Float),
    Column("east", Float),
    Column("north", Float),
    Column("published_at", UtcDateTime),
    Column("snapshot", String(32)),  # of the growing cube, that it came with
    Column("outside", Text),  # why the growing cube does not hold it
    Column("removed_at", UtcDateTime),  # when what lay in the lake of it was kept no longer
    Column("returns", Integer, nullable=False, default=0, server_default="0"),  # each told anew
    *_work(),
    UniqueConstraint("collection", "key", "revision"),
    Index("ix_item_state", "collection", "state"),
)
Index(
    "ix_item_reason",  # few of those that are out have one: what was withdrawn, and is kept
    item.c.collection,
    sqlite_where=item.c.reason.is_not(None),
    postgresql_where=item.c.reason.is_not(None),
)

growth = Table(
    "growth",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(128), nullable=False, unique=True),
    Column("snapshot", String(32)),  # the last of its growing cube whose items are marked
    *_work(),
)

item_granule = Table(
    "item_granule",
    metadata,
    Column("item_id", ForeignKey("item.id"), primary_key=True),
    Column("digest", ForeignKey("granule.digest"), primary_key=True),
    Column("part", String(64), primary_key=True),
    Column("source", Text, nullable=False),
)

window = Table(
    "window",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("collection", String(128), nullable=False),
    Column("provider", String(128), nullable=False),
    Column("part", String(64), nullable=False, default="main", server_default="main"),
    Column("by", String(16), nullable=False),  # sensing | published: the time it is about
    Column("start_at", UtcDateTime, nullable=False),
    Column("end_at", UtcDateTime, nullable=False),
    Column("stated", Integer),  # how many the provider said there are; null where it says nothing
    Column("found", Integer, nullable=False),
    Column("unique_found", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("reason", Text),  # why it is not complete, or why it was cut; null where all is well
    Column("is_accounted", Boolean, nullable=False),
    Column("is_leaf", Boolean, nullable=False),  # it was not cut in halves
    Column("parent", ForeignKey("window.id")),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime, nullable=False),
    Index("ix_window_accounted", "collection", "provider", "by", "end_at"),
    Index("ix_window_parent", "parent"),
)

watermark = Table(
    "watermark",
    metadata,
    Column("collection", String(128), primary_key=True),
    Column("provider", String(128), primary_key=True),
    Column("by", String(16), nullable=False),  # sensing | published: the time it counts in
    Column("position", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("event_id", String(80), nullable=False, unique=True),
    Column("type", String(128), nullable=False),
    Column("subject", String(400), nullable=False),
    Column("data", Text, nullable=False),  # JSON, handed on as it was written; "" is the item's
    Column("item_id", ForeignKey("item.id")),  # whose STAC item it carries as it stands there
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("refusal", Text),  # why it was set aside and waits no more
    Column("turn", BigInteger),  # PostgreSQL's id of the transaction that wrote it
    Index("ix_outbox_subject", "subject"),
)
Index(
    "ix_outbox_unsent",
    outbox.c.id,
    sqlite_where=outbox.c.sent_at.is_(None),
    postgresql_where=outbox.c.sent_at.is_(None),
)

inbox = Table(
    "inbox",
    metadata,
    Column("consumer", String(128), primary_key=True),
    Column("event_id", String(80), primary_key=True),
    Column("received_at", UtcDateTime, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("filter", Text),  # CQL2 text over the item; null takes everything
    Column("kind", String(16), nullable=False),  # webhook | workflow
    Column("target", Text, nullable=False),  # a URL, or the name of a workflow
    Column("types", Text, nullable=False),  # of the events it wants to hear of, by spaces
    Column("secret_name", String(128)),
    Column("paused", Boolean, nullable=False, default=False),
    Column("created_at", UtcDateTime, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", ForeignKey("subscription.name"), nullable=False),
    Column("event_id", ForeignKey("outbox.event_id"), nullable=False),
    Column("subject", String(400), nullable=False),  # the event's: one after another
    Column("result", Text),
    *_work(),
    UniqueConstraint("subscription", "event_id"),
    Index("ix_delivery_state", "state"),
    Index("ix_delivery_turn", "subscription", "subject"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(64), primary_key=True),  # of what only one may do at a time
    Column("owner", String(128), nullable=False),
    Column("term", Integer, nullable=False),  # counts the owners, so that each knows its own
    Column("lease_until", UtcDateTime, nullable=False),
)

bucket = Table(
    "bucket",
    metadata,
    Column("provider", String(128), primary_key=True),
    Column("credential", String(256), primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("turn", Float, nullable=False),  # virtual time: the turn that was served last
    Column("refilled_at", UtcDateTime, nullable=False),
    Column("blocked_until", UtcDateTime),  # the provider said so
)

bucket_lane = Table(
    "bucket_lane",
    metadata,
    Column("provider", String(128), primary_key=True),
    Column("credential", String(256), primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("lane", String(16), primary_key=True),
    Column("turn", Float, nullable=False),  # when, in virtual time, its next request is due
    Column("wanted_until", UtcDateTime),  # it was told to wait, and is expected until then
)

slot = Table(
    "slot",
    metadata,
    Column("provider", String(128), primary_key=True),
    Column("credential", String(256), primary_key=True),
    Column("operation", String(16), primary_key=True),
    Column("batch", String(32), primary_key=True),
    Column("owner", String(128), nullable=False),
    Column("held", Integer, nullable=False),  # transfers that it may have under way
    Column("wanted", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),  # it holds some, or waits for the first
    Column("lease_until", UtcDateTime, nullable=False),
)

traffic = Table(
    "traffic",
    metadata,
    Column("provider", String(128), primary_key=True),
    Column("credential", String(256), primary_key=True),
    Column("month", String(7), primary_key=True),  # 2024-02
    Column("bytes", BigInteger, nullable=False),
)

circuit = Table(
    "circuit",
    metadata,
    Column("host", String(256), primary_key=True),
    Column("failures", Integer, nullable=False),  # in a row
    Column("retry_at", UtcDateTime),  # null while it is closed
    Column("probe_until", UtcDateTime),  # one request is out to see whether it answers again
    Column("prober", String(128)),  # whose
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),  # of the first of those failures
)

notice = Table(
    "notice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("notice_id", String(256), nullable=False),  # the sender's own id, else a digest
    Column("collection", String(128)),  # the sender's hint, not our mapping
    Column("start_at", UtcDateTime),
    Column("end_at", UtcDateTime),
    Column("native_ids", JSON, nullable=False),
    Column("keys", JSON, nullable=False),  # what a collection's `wakes` may match
    Column("raw", Text, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    *_work(),
    UniqueConstraint("source", "notice_id"),
    Index("ix_notice_state", "state"),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("item_id", ForeignKey("item.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # release | retry | discard
    Column("by", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("findings", JSON, nullable=False),  # what the gate had against it at that time
    Column("at", UtcDateTime, nullable=False),
    Index("ix_decision_item_id", "item_id"),
)

request = Table(
    "request",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),  # what its requester calls it by
    Column("digest", String(64), nullable=False),  # of what is asked, and by whom
    Column("collection", String(128), nullable=False),
    Column("start_at", UtcDateTime),  # none where what was asked could not be read
    Column("end_at", UtcDateTime),
    Column("asked", JSON, nullable=False),  # all of it, as its JSON Schema says
    Column("requester", String(256), nullable=False),
    Column("via", String(16), nullable=False),  # process | kafka | airflow: how it came
    Column("correlation", String(256), nullable=False),  # the requester's own id of its message
    Column("run", String(256), nullable=False),  # of Airflow, that serves it
    Column("keys", JSON(none_as_null=True)),  # of the items that it is about, where it selects
    Column("code", String(32)),  # why it was rejected or failed, for machines
    Column("outcome", JSON(none_as_null=True)),  # what came out, and what was left out
    *_work(),
    Index("ix_request_state", "state"),
    Index("ix_request_digest", "digest"),
)

draft = Table(
    "draft",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("provider", String(128), nullable=False),
    Column("origin", Text, nullable=False),  # a URL, eodag:<name>, or the name of a file
    Column("files", JSON, nullable=False),  # their path in a portfolio → their text
    Column("state", String(16), nullable=False),
    Column("report", JSON(none_as_null=True)),  # of the last probe
    Column("run", String(256)),  # of Airflow, that tries it out and waits for an answer
    Column("created_by", String(128), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_draft_provider", "provider"),
)

draft_decision = Table(
    "draft_decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("draft_id", ForeignKey("draft.id")),  # null for a provider that never was a draft
    Column("provider", String(128), nullable=False),
    Column("kind", String(16), nullable=False),  # approve | reject | go live | remove | rotate
    Column("by", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_draft_decision_provider", "provider"),
)
