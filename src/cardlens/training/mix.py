"""How often each scan is rendered: cards lie on tables in other shares than in a database."""

from __future__ import annotations

from cardlens.recognition.facts import CardFacts
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.scans import Scans

# Four of five scans are of TCG Pocket, which is on screens; energies are one in three hundred, and lie in every box.
_PRINTED, _ENERGY = 3, 20


def as_met(scans: Scans, facts: CardFacts) -> list[Bytes]:
    """Views of the scans' pixels (h, w, 3): printed cards three times, energies twenty times, all others once."""
    return [scans.pixels[row] for row, record in enumerate(scans.records) for _ in range(_times(record.card_id, facts))]


def _times(card_id: str, facts: CardFacts) -> int:
    card = facts.get(card_id)
    if card is None or card.game != "physical":
        return 1
    return _ENERGY if card.supertype == "Energy" else _PRINTED
