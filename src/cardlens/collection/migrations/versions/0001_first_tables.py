"""The first tables: collections, crops, copies with tags, history, corrections, prices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "collections",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
        sa.UniqueConstraint("name", name="uq_collections_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "crops",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_crops"),
    )
    _make_copies()
    _make_history()
    _make_corrections()
    _make_prices()


def downgrade() -> None:
    """Drop every table."""
    for table in ("prices", "corrections", "changes", "events", "tags", "copies", "crops", "collections"):
        op.drop_table(table)


def _make_copies() -> None:
    op.create_table(
        "copies",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("collection_id", _KEY, nullable=False),
        *(
            sa.Column(name, sa.String(200), nullable=False)
            for name in ("card_id", "name", "set_id", "set_name", "number")
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("finish", sa.String(40), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("condition", sa.String(40), nullable=False),
        sa.Column("grade", sa.String(200)),
        sa.Column("price_paid", sa.BigInteger()),
        sa.Column("currency", sa.String(3)),
        sa.Column("place", sa.String(200)),
        sa.Column("note", sa.String(2000)),
        sa.Column("acquired_on", sa.Date()),
        sa.Column("scanned_at", _MOMENT),
        sa.Column("scanned_from", sa.String(200)),
        sa.Column("confidence", sa.Double()),
        sa.Column("proof", sa.String(64)),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"], name="fk_copies_collection_id"),
        sa.ForeignKeyConstraint(["proof"], ["crops.digest"], name="fk_copies_proof"),
        sa.PrimaryKeyConstraint("id", name="pk_copies"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_copies_collection_id_card_id", "copies", ["collection_id", "card_id"])
    op.create_index("ix_copies_collection_id_set_id", "copies", ["collection_id", "set_id"])
    op.create_table(
        "tags",
        sa.Column("copy_id", _KEY, nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.ForeignKeyConstraint(["copy_id"], ["copies.id"], name="fk_tags_copy_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("copy_id", "tag", name="pk_tags"),
    )
    op.create_index("ix_tags_tag", "tags", ["tag"])


def _make_history() -> None:
    op.create_table(
        "events",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("collection_id", _KEY, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("summary", sa.String(400), nullable=False),
        sa.Column("request", sa.String(100)),
        sa.Column("undone_by", _KEY),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"], name="fk_events_collection_id"),
        sa.ForeignKeyConstraint(["undone_by"], ["events.id"], name="fk_events_undone_by"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("collection_id", "request", name="uq_events_collection_id_request"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "changes",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("event_id", _KEY, nullable=False),
        sa.Column("copy_id", _KEY, nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_changes_event_id"),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_changes_event_id", "changes", ["event_id"])
    op.create_index("ix_changes_copy_id", "changes", ["copy_id"])


def _make_corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("collection_id", _KEY, nullable=False),
        sa.Column("event_id", _KEY),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("copy_id", _KEY),
        sa.Column("answered", sa.String(200)),
        sa.Column("card_id", sa.String(200), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("confidence", sa.Double()),
        sa.Column("crop", sa.String(64)),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.id"], name="fk_corrections_collection_id"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_corrections_event_id"),
        sa.ForeignKeyConstraint(["crop"], ["crops.digest"], name="fk_corrections_crop"),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_event_id", "corrections", ["event_id"])


def _make_prices() -> None:
    op.create_table(
        "prices",
        sa.Column("card_id", sa.String(200), nullable=False),
        sa.Column("finish", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("market", "low", "high")),
        sa.Column("of", sa.Date()),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("card_id", "finish", "source", "currency", name="pk_prices"),
    )
