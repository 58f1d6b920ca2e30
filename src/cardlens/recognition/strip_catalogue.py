"""Which sets a strip may be of: those of the card facts, and newer ones of which only code and total are known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cardlens.recognition.facts import CardFacts, SetFacts, normalised_number

# Sets that came out after the facts were made, and energies that the facts leave out: ids, codes and totals as in
# github.com/PokemonTCG/pokemon-tcg-data (sets/en.json, cards/en/me3.json, me4.json, mee.json), total of me3 as in
# github.com/tcgdex/cards-database. A strip tells no more than code and number: that is all it takes to name its card.
NEWER_SETS = (
    SetFacts("me3", "Perfect Order", "Mega Evolution", 88, "POR", "POR", "2026-03-27", "physical"),
    SetFacts("me4", "Chaos Rising", "Mega Evolution", 86, "CRI", "CRI", "2026-05-22", "physical"),
    SetFacts("mee", "Mega Evolution Energies", "Mega Evolution", None, "MEE", "MEE", "2025-09-26", "physical"),
)
# Secret cards go beyond the printed total, energies have none; no set of these is larger.
_LARGEST_NUMBER = {"me3": 140, "me4": 122, "mee": 8}


@dataclass(frozen=True, slots=True)
class StripCard:
    """A card that a strip may be of. `name`: None where only its set is known. `total`, `code`: as the face shows."""

    card_id: str
    name: str | None
    set_id: str
    set_name: str
    number: str
    total: int | None
    code: str | None


class StripCatalogue:
    """Cards by printed number, and what sets print beside it."""

    def __init__(self, facts: CardFacts, newer: tuple[SetFacts, ...] = NEWER_SETS) -> None:
        """Use the facts, and those `newer` sets that they do not hold."""
        known = {its_set.set_id for its_set in facts.sets}
        self._facts = facts
        self._newer = tuple(its_set for its_set in newer if its_set.set_id not in known)

    def numbered(self, number: str) -> list[StripCard]:
        """Printed cards with this collector number ("025" and "25" are one)."""
        cards = [
            StripCard(
                card.card_id, card.name, card.set_id, card.set_name, card.number, card.printed_total, card.printed_code
            )
            for card in self._facts.find(number=number)
            if card.game == "physical"
        ]
        return [*cards, *self._of_newer(normalised_number(number))]

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Set codes that faces show, in order of the alphabet."""
        return tuple(sorted({its_set.printed_code for its_set in self._sets if its_set.printed_code}))

    @cached_property
    def totals(self) -> frozenset[int]:
        """Totals that faces show."""
        return frozenset(its_set.printed_total for its_set in self._sets if its_set.printed_total)

    @property
    def _sets(self) -> tuple[SetFacts, ...]:
        return tuple(its_set for its_set in (*self._facts.sets, *self._newer) if its_set.game == "physical")

    def _of_newer(self, number: str) -> list[StripCard]:
        if not number.isdigit():
            return []
        return [
            StripCard(f"{one.set_id}-{number}", None, one.set_id, one.name, number, one.printed_total, one.printed_code)
            for one in self._newer
            if 1 <= int(number) <= _LARGEST_NUMBER.get(one.set_id, one.printed_total or 0)
        ]
