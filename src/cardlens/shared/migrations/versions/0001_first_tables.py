"""The first tables: artworks, cards, scans, versions, the version in use, embeddings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table("artworks", sa.Column("id", sa.BigInteger(), primary_key=True))
    op.create_table(
        "cards",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("card_id", sa.String(200), nullable=False),
        sa.Column("artwork", sa.BigInteger(), sa.ForeignKey("artworks.id", name="fk_cards_artwork"), nullable=False),
        sa.Column("record", JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="what a search by text compares with"),
        sa.UniqueConstraint("card_id", name="uq_cards_card_id"),
    )
    op.create_index("ix_cards_artwork", "cards", ["artwork"])
    op.create_table(
        "scans",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column(
            "card",
            sa.BigInteger(),
            sa.ForeignKey("cards.id", name="fk_scans_card", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False, comment="int8, see cardlens.reference.groups"),
        sa.UniqueConstraint("card", "digest", name="uq_scans_card_digest"),
    )
    _make_versions()


def _make_versions() -> None:
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the embedder's weights"),
        sa.Column("spec", JSONB(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("served", sa.Boolean(), nullable=False, server_default=sa.false(), comment="searches may name it"),
        sa.UniqueConstraint("digest", name="uq_versions_digest"),
    )
    op.create_table(
        "in_use",
        sa.Column("one", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("version", sa.Integer(), sa.ForeignKey("versions.id", name="fk_in_use_version"), nullable=False),
        sa.CheckConstraint("one", name="ck_in_use_one_row"),
    )
    op.create_table(
        "embeddings",
        sa.Column(
            "scan",
            sa.BigInteger(),
            sa.ForeignKey("scans.id", name="fk_embeddings_scan", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), sa.ForeignKey("versions.id", name="fk_embeddings_version"), nullable=False),
        sa.Column("embedding", HALFVEC(768), nullable=False),
        sa.Column("descriptors", sa.LargeBinary(), comment="int8 local descriptors, where the model has them"),
        sa.PrimaryKeyConstraint("scan", "version", name="pk_embeddings"),
        postgresql_partition_by="LIST (version)",
    )


def downgrade() -> None:
    """Drop every table."""
    for table in ("embeddings", "in_use", "versions", "scans", "cards", "artworks"):
        op.drop_table(table)
