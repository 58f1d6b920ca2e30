"""Formats that only know "foil" or not, for a game whose cards are normal, holo or reverse holo."""

from __future__ import annotations

from cardlens.collection.finish import usual_finish
from cardlens.recognition.facts import Card

_WITHOUT = ("normal", "1st-edition", "unlimited", "shadowless")


def is_foil(finish: str) -> bool:
    """Tell whether a finish has foil."""
    return finish not in _WITHOUT


def finish_from_foil(card: Card, *, foil: bool) -> str:
    """The finish that foil or none of it means for a card: foil on a card that is usually plain is reverse holo."""
    if not foil:
        return "normal"
    return "holo" if usual_finish(card.rarity) == "holo" else "reverse-holo"
