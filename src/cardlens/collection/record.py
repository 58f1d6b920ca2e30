"""A stored entry as a plain record and back: what history keeps and undo restores."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cardlens.collection.copy import Copy, json_value
from cardlens.collection.tables import CopyRow, TagRow
from cardlens.recognition.facts import normalised_number

Record = dict[str, Any]

COLUMNS = tuple(each.name for each in fields(Copy) if each.name not in ("id", "tags"))

_FROM_JSON: dict[str, Callable[[Any], Any]] = {
    "price_paid": Decimal,
    "acquired_on": date.fromisoformat,
    "scanned_at": datetime.fromisoformat,
    "added_at": datetime.fromisoformat,
    "confidence": float,
}


def as_copy(row: CopyRow) -> Copy:
    """Give a row as the value that users of the package see."""
    return Copy(
        id=row.id, tags=tuple(each.tag for each in row.tag_rows), **{name: getattr(row, name) for name in COLUMNS}
    )


def snapshot(row: CopyRow) -> Record:
    """Everything of a row that can change, as JSON has it."""
    return {name: json_value(getattr(row, name)) for name in COLUMNS} | {"tags": [each.tag for each in row.tag_rows]}


def restore(row: CopyRow, record: Record) -> None:
    """Make a row what `snapshot` saw."""
    values = {name: record[name] for name in COLUMNS}
    for name, read in _FROM_JSON.items():
        values[name] = None if values[name] is None else read(values[name])
    for name, value in values.items():
        setattr(row, name, value)
    set_tags(row, tuple(record["tags"]))


def set_tags(row: CopyRow, tags: tuple[str, ...]) -> None:
    """Give a row these tags, and refresh what it is found by."""
    there = {each.tag: each for each in row.tag_rows}
    row.tag_rows = [there.get(tag) or TagRow(tag=tag) for tag in tags]
    row.search_text = search_text(row, tags)


def called(row: CopyRow) -> str:
    """Name an entry in a summary."""
    return f"{row.name} ({row.card_id})"


def search_text(row: CopyRow, tags: tuple[str, ...]) -> str:
    """Folded words of an entry, with blanks around each."""
    texts = (row.card_id, row.name, row.set_id, row.set_name, row.place, row.note, *tags)
    words = [folded(word) for text in texts if text for word in text.split()]
    number = folded(normalised_number(row.number))
    return " " + " ".join(filter(None, (*words, number))) + " "


def folded(word: str) -> str:
    """A word without case, accents and signs, in whatever script; leading zeros of a number do not count."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
