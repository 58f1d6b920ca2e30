"""What a CSV format of another app is, to us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cardlens.collection.copy import Copy, NewCopy, check_values
from cardlens.collection.exchange.finder import CardFinder
from cardlens.collection.exchange.table import BadCell, Row
from cardlens.recognition.facts import CardFacts


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row that was understood. `added_at` and `proof` are only in our own formats.

    Raises `BadCopy` where `added_at` is no time in UTC.
    """

    line: int
    new: NewCopy
    added_at: datetime | None = None
    proof: str | None = None

    def __post_init__(self) -> None:
        """Check what `NewCopy` does not."""
        check_values({"added_at": self.added_at})


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A CSV format.

    Attributes:
        name: how it is asked for: `tcgplayer`.
        title: how people call it: `TCGplayer`.
        columns: what is written, in order.
        required: columns without which a file cannot be read; of those in a tuple one is enough.
        telling: columns by which a file of this format is known.
        read: makes an incoming row of a row; raises `BadCell` or `BadCopy`.
        write: cells of an entry, by column; what is left out is empty.
        fields: what the file calls the fields of a copy, for messages.
        first_line: written before the header.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    required: tuple[str | tuple[str, ...], ...]
    telling: tuple[str, ...]
    read: Callable[[Row, CardFinder], Incoming]
    write: Callable[[Copy, CardFacts], Mapping[str, str]]
    fields: Mapping[str, str] = field(default_factory=dict)
    first_line: str = ""


def word_for(row: Row, column: str, known: Mapping[str, str] | Callable[[str], str | None], default: str) -> str:
    """Our word for what stands in a column; `default` where it is empty; raises `BadCell` for a word nobody knows."""
    said = row.text(column)
    if not said:
        return default
    found = known(said) if callable(known) else known.get(" ".join(said.casefold().split()))
    if found is None:
        raise BadCell(row.called(column), f"{said!r} is not known")
    return found


def number_with_total(copy: Copy, facts: CardFacts) -> str:
    """The number as the card shows it: "4/102"."""
    card = facts.get(copy.card_id)
    return f"{copy.number}/{card.printed_total}" if card and card.printed_total else copy.number


def set_code(copy: Copy, facts: CardFacts) -> str:
    """The players' code of the set: "MEW"; its id where it has none."""
    card = facts.get(copy.card_id)
    return (card.set_code if card else None) or copy.set_id


def rarity(copy: Copy, facts: CardFacts) -> str:
    """The rarity, where it is known."""
    card = facts.get(copy.card_id)
    return (card.rarity if card else None) or ""


def amount_text(copy: Copy) -> str:
    """The price paid, without a sign."""
    return "" if copy.price_paid is None else format(copy.price_paid, "f")
