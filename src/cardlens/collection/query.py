"""Which entries are wanted, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, case, func, select

from cardlens.collection.faults import BadCopy
from cardlens.collection.record import folded
from cardlens.collection.tables import CopyRow, TagRow
from cardlens.recognition.facts import normalised_number

Sort = Literal["newest", "oldest", "name", "set", "price"]
SORTS: tuple[Sort, ...] = ("newest", "oldest", "name", "set", "price")
_HIGHEST = 2**53  # of a limit or an offset


@dataclass(frozen=True, slots=True)
class Query:
    """What to list; what is None does not matter.

    Attributes:
        text: words of name, set, number, id, tags, place or note, in any order.
        tag: exactly this tag, whatever its case.
        sort: `newest` is by when it was added; where there is `text`, best matches come first.
        limit: at most so many entries; None: all.
        offset: entries to pass over, for pages.
    """

    text: str | None = None
    card_id: str | None = None
    set_id: str | None = None
    finish: str | None = None
    language: str | None = None
    condition: str | None = None
    tag: str | None = None
    place: str | None = None
    sort: Sort = "newest"
    limit: int | None = None
    offset: int = 0

    def __post_init__(self) -> None:
        """Check the numbers and the order."""
        if self.sort not in SORTS:
            raise BadCopy(f"sort {self.sort!r}: not one of {', '.join(SORTS)}")
        if not 0 <= self.offset <= _HIGHEST or not 0 <= (self.limit or 0) <= _HIGHEST:
            raise BadCopy(f"limit {self.limit}, offset {self.offset}: give 0 or more")
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, str) and any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
                raise BadCopy(f"{each.name} {value!r}: has characters that no text has")


def matching(query: Query, collection_id: int) -> list[ColumnElement[bool]]:
    """The conditions of a query."""
    conditions: list[ColumnElement[bool]] = [CopyRow.collection_id == collection_id]
    exact = {name: getattr(query, name) for name in ("card_id", "set_id", "finish", "language", "condition", "place")}
    conditions += [getattr(CopyRow, name) == wanted for name, wanted in exact.items() if wanted is not None]
    if query.tag is not None:
        tagged = select(TagRow.copy_id).where(func.lower(TagRow.tag) == query.tag.lower())
        conditions.append(CopyRow.id.in_(tagged))
    conditions.extend(CopyRow.search_text.contains(word, autoescape=True) for word in words_of(query.text))
    return conditions


def ordered(query: Query, collection_id: int) -> Select[Any]:
    """The statement that lists what a query wants."""
    found = select(CopyRow).where(*matching(query, collection_id)).order_by(*_order(query))
    limit = _HIGHEST if query.limit is None and query.offset else query.limit  # SQLite has no offset without a limit
    return found if limit is None else found.limit(limit).offset(query.offset)


def words_of(text: str | None) -> list[str]:
    """Words to look for, folded as stored ones are."""
    parts = (text or "").replace("/", " ").split()
    return [word for word in (folded(normalised_number(part)) for part in parts) if word]


def _order(query: Query) -> list[Any]:
    by_set = [CopyRow.set_id, func.length(CopyRow.number), CopyRow.number, CopyRow.id]
    orders: dict[str, list[Any]] = {
        "newest": [CopyRow.id.desc()],
        "oldest": [CopyRow.id],
        "name": [func.lower(CopyRow.name), *by_set],
        "set": by_set,
        "price": [func.coalesce(CopyRow.price_paid, -1).desc(), CopyRow.id],
    }
    whole = [
        case((CopyRow.search_text.contains(f" {word} ", autoescape=True), 0), else_=1) for word in words_of(query.text)
    ]
    return whole + orders[query.sort]
