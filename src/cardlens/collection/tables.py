"""What is stored, table by table. `migrations/` makes these tables; a test compares the two."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from cardlens.collection.copy import canonical_price

_TEN_THOUSANDTHS = Decimal(10_000)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zones: it gets the bare UTC time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        if value is None:
            return None
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount with four decimal places, exact in every database: kept as a whole number of ten-thousandths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Store ten-thousandths."""
        return None if value is None else int(value * _TEN_THOUSANDTHS)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Give back the amount as `canonical_price` writes it."""
        return None if value is None else canonical_price(Decimal(value) / _TEN_THOUSANDTHS)


class Table(DeclarativeBase):
    """Base of all tables; constraints have names, so that migrations can change them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


_Key = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY counts up in SQLite


class CollectionRow(Table):
    """A named collection."""

    __tablename__ = "collections"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class CropRow(Table):
    """A picture that proves a copy or a correction, by its SHA-256."""

    __tablename__ = "crops"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(40))
    content: Mapped[bytes]


class CopyRow(Table):
    """An entry of a collection. `search_text`: folded words to search in."""

    __tablename__ = "copies"
    __table_args__ = (
        Index(None, "collection_id", "card_id"),
        Index(None, "collection_id", "set_id"),
        {"sqlite_autoincrement": True},  # an id is never given twice, so that history stays true
    )

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    card_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    set_id: Mapped[str] = mapped_column(String(200))
    set_name: Mapped[str] = mapped_column(String(200))
    number: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    finish: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(10))
    condition: Mapped[str] = mapped_column(String(40))
    grade: Mapped[str | None] = mapped_column(String(200))
    price_paid: Mapped[Decimal | None] = mapped_column(Money)
    currency: Mapped[str | None] = mapped_column(String(3))
    place: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(2000))
    acquired_on: Mapped[date | None]
    scanned_at: Mapped[datetime | None] = mapped_column(Moment)
    scanned_from: Mapped[str | None] = mapped_column(String(200))
    confidence: Mapped[float | None]
    proof: Mapped[str | None] = mapped_column(ForeignKey("crops.digest"))
    added_at: Mapped[datetime] = mapped_column(Moment)
    search_text: Mapped[str] = mapped_column(String)
    tag_rows: Mapped[list[TagRow]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="TagRow.tag", passive_deletes=True
    )


class TagRow(Table):
    """A tag of a copy."""

    __tablename__ = "tags"

    copy_id: Mapped[int] = mapped_column(ForeignKey("copies.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(50), primary_key=True, index=True)


class EventRow(Table):
    """Something that was done to a collection. `undone_by`: the event that took it back."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("collection_id", "request"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(20))
    summary: Mapped[str] = mapped_column(String(400))
    request: Mapped[str | None] = mapped_column(String(100))
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("events.id"))


class ChangeRow(Table):
    """One copy before and after an event; null where there was none."""

    __tablename__ = "changes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    copy_id: Mapped[int] = mapped_column(_Key, index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class CorrectionRow(Table):
    """What cardlens said of a crop, and what a person said it is."""

    __tablename__ = "corrections"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(_Key, primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("events.id"), index=True)
    at: Mapped[datetime] = mapped_column(Moment)
    copy_id: Mapped[int | None] = mapped_column(_Key)
    answered: Mapped[str | None] = mapped_column(String(200))
    card_id: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(10))
    confidence: Mapped[float | None]
    crop: Mapped[str | None] = mapped_column(ForeignKey("crops.digest"))


class PriceRow(Table):
    """What a source said a printing costs. `asked_at`: when; `of`: the day that the source gives for it."""

    __tablename__ = "prices"

    card_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    finish: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    market: Mapped[Decimal | None] = mapped_column(Money)
    low: Mapped[Decimal | None] = mapped_column(Money)
    high: Mapped[Decimal | None] = mapped_column(Money)
    of: Mapped[date | None]
    asked_at: Mapped[datetime] = mapped_column(Moment)
