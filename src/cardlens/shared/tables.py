"""The tables of a shared catalogue; `migrations/` makes them.

    cards ──< scans ──< embeddings >── versions ──< in_use
      └── artworks: cards that look alike share one

Cards, scans and artwork groups are the same for every model; an embedding belongs to one scan and one version. The rows
of a version are a partition of their own with an index of their own, so that no search can meet another version's.
"""

from __future__ import annotations

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from cardlens.reference.compact import COMPONENTS
from cardlens.reference.files import DIMENSIONS

TABLES = MetaData()

artworks = Table("artworks", TABLES, Column("id", BigInteger, primary_key=True))
"""One a picture: tied printings share it."""

cards = Table(
    "cards",
    TABLES,
    Column("id", BigInteger, primary_key=True),
    Column("card_id", String(200), nullable=False),
    Column("artwork", BigInteger, ForeignKey("artworks.id", name="fk_cards_artwork"), nullable=False),
    Column("record", JSONB, nullable=False),
    Column("words", Text, nullable=False, comment="what a search by text compares with"),
    UniqueConstraint("card_id", name="uq_cards_card_id"),
    Index("ix_cards_artwork", "artwork"),
)

scans = Table(
    "scans",
    TABLES,
    Column("id", BigInteger, primary_key=True),
    Column("card", BigInteger, ForeignKey("cards.id", name="fk_scans_card", ondelete="CASCADE"), nullable=False),
    Column("source", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False, comment="int8, see cardlens.reference.groups"),
    UniqueConstraint("card", "digest", name="uq_scans_card_digest"),
)

versions = Table(
    "versions",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("digest", String(64), nullable=False, comment="SHA-256 of the embedder's weights"),
    Column("spec", JSONB, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("served", Boolean, nullable=False, server_default=false(), comment="searches may name it"),
    Column("projection", LargeBinary, nullable=False, comment="(768, 64) float32: from embeddings to components"),
    UniqueConstraint("digest", name="uq_versions_digest"),
)

in_use = Table(
    "in_use",
    TABLES,
    Column("one", Boolean, primary_key=True, server_default=true()),
    Column("version", Integer, ForeignKey("versions.id", name="fk_in_use_version"), nullable=False),
    CheckConstraint("one", name="ck_in_use_one_row"),
)
"""Which version is the one in use. The switch is the update of this row."""

embeddings = Table(
    "embeddings",
    TABLES,
    Column("scan", BigInteger, ForeignKey("scans.id", name="fk_embeddings_scan", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, ForeignKey("versions.id", name="fk_embeddings_version"), nullable=False),
    Column("embedding", HALFVEC(DIMENSIONS), nullable=False),
    Column("components", HALFVEC(COMPONENTS), nullable=False, comment="what is indexed"),
    Column("descriptors", LargeBinary, comment="int8 local descriptors, where the model has them"),
    PrimaryKeyConstraint("scan", "version", name="pk_embeddings"),
    postgresql_partition_by="LIST (version)",
)
