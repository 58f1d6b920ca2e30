"""Our own CSV: every field of an entry but its id and the picture itself, so that nothing is lost on the way back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cardlens.collection.copy import CardLabel, Copy, NewCopy, json_value, tidy_tags
from cardlens.collection.crops import is_digest
from cardlens.collection.exchange.finder import CardFinder
from cardlens.collection.exchange.format import Incoming, TableFormat
from cardlens.collection.exchange.table import BadCell, Row
from cardlens.recognition.facts import CardFacts

COLUMNS = (
    "card_id",
    "name",
    "set_id",
    "set_name",
    "number",
    "quantity",
    "finish",
    "language",
    "condition",
    "grade",
    "price_paid",
    "currency",
    "place",
    "note",
    "tags",
    "acquired_on",
    "scanned_at",
    "scanned_from",
    "confidence",
    "proof",
    "added_at",
)


def read(row: Row, finder: CardFinder) -> Incoming:
    """Understand a row; a file with only `card_id` and `quantity` will do."""
    card_id, name = row.needed("card_id"), row.text("name")
    label = CardLabel(name, row.text("set_id"), row.text("set_name"), row.text("number")) if name else None
    if label is None and finder.card(card_id) is None:
        raise BadCell("card_id", f"{card_id} is not in the card facts; give its name in a column name too")
    paid, currency = row.amount("price_paid")
    new = NewCopy(
        card_id,
        row.quantity("quantity"),
        finish=row.text("finish") or None,
        language=row.text("language") or "en",
        condition=row.text("condition") or "near-mint",
        grade=row.text("grade") or None,
        price_paid=paid,
        currency=row.text("currency") or currency,
        place=row.text("place") or None,
        note=row.text("note") or None,
        tags=tidy_tags(row.text("tags").split(",")),
        acquired_on=row.date("acquired_on"),
        scanned_at=_moment(row, "scanned_at"),
        scanned_from=row.text("scanned_from") or None,
        confidence=_probability(row),
        label=label,
    )
    return Incoming(row.line, new, _moment(row, "added_at"), _digest(row))


def write(copy: Copy, _facts: CardFacts) -> Mapping[str, str]:
    """Cells of an entry."""
    values = {name: json_value(getattr(copy, name)) for name in COLUMNS if name != "tags"}
    return {name: "" if value is None else str(value) for name, value in values.items()} | {"tags": ",".join(copy.tags)}


def _moment(row: Row, column: str) -> datetime | None:
    text = row.text(column)
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise BadCell(column, f"{text!r} is no time; write it as 2026-01-31T18:30:00+00:00") from None


def _digest(row: Row) -> str | None:
    text = row.text("proof")
    if text and not is_digest(text):
        raise BadCell("proof", f"{text!r} is no SHA-256")
    return text or None


def _probability(row: Row) -> float | None:
    text = row.text("confidence")
    try:
        return float(text) if text else None
    except ValueError:
        raise BadCell("confidence", f"{text!r} is no number") from None


OWN_CSV = TableFormat(
    "csv",
    "cardlens CSV",
    COLUMNS,
    required=("card_id", "quantity"),
    telling=("card_id", "quantity"),
    read=read,
    write=write,
)
