"""How much of each set is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cardlens.collection.tables import CopyRow
from cardlens.recognition.facts import Card, CardFacts


@dataclass(frozen=True, slots=True)
class Slot:
    """One card of a set, and how many copies are there: 0 is a gap."""

    card_id: str
    name: str
    number: str
    rarity: str | None
    copies: int


@dataclass(frozen=True, slots=True)
class SetCompletion:
    """How much of one set is there.

    Attributes:
        printed_total: the number after the slash on its cards; None where none is printed. Secret cards go beyond it.
        slots: every card of the set that the facts know, in the order of the facts.
    """

    set_id: str
    name: str
    series: str
    release_date: str | None
    printed_total: int | None
    slots: tuple[Slot, ...]

    @property
    def total(self) -> int:
        """Cards in the set, secret ones among them."""
        return len(self.slots)

    @property
    def owned(self) -> int:
        """Different cards of the set that are there."""
        return sum(slot.copies > 0 for slot in self.slots)

    @property
    def copies(self) -> int:
        """Copies of its cards, doubles counted."""
        return sum(slot.copies for slot in self.slots)

    @property
    def missing(self) -> tuple[Slot, ...]:
        """The cards that are not there."""
        return tuple(slot for slot in self.slots if slot.copies == 0)

    def as_json(self) -> dict[str, Any]:
        """Counts, and the ids that are missing."""
        record = {name: value for name, value in asdict(self).items() if name != "slots"}
        counts = {"total": self.total, "owned": self.owned, "copies": self.copies}
        return record | counts | {"missing": [slot.card_id for slot in self.missing]}


def completion(
    session: Session, collection_id: int, facts: CardFacts, set_id: str | None = None, *, started_only: bool = True
) -> list[SetCompletion]:
    """Completion of one set, of those with at least one card there, or of all; oldest set first."""
    owned = _copies_by_card(session, collection_id)
    cards: dict[str, list[Card]] = defaultdict(list)
    for card in facts:
        cards[card.set_id].append(card)
    wanted = [each for each in facts.sets if set_id is None or each.set_id == set_id]
    found = [
        SetCompletion(
            each.set_id,
            each.name,
            each.series,
            each.release_date,
            each.printed_total,
            _slots(cards[each.set_id], owned),
        )
        for each in wanted
    ]
    return [each for each in found if set_id is not None or not started_only or each.owned]


def _slots(cards: list[Card], owned: Mapping[str, int]) -> tuple[Slot, ...]:
    return tuple(Slot(card.card_id, card.name, card.number, card.rarity, owned.get(card.card_id, 0)) for card in cards)


def _copies_by_card(session: Session, collection_id: int) -> dict[str, int]:
    counted = select(CopyRow.card_id, func.sum(CopyRow.quantity)).where(CopyRow.collection_id == collection_id)
    return {card_id: int(copies) for card_id, copies in session.execute(counted.group_by(CopyRow.card_id))}
