"""What `cardlens identify` shows to a person."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from cardlens.recognition.answer import Answer, Evidence, PhotoAnswer

COLUMNS = ("", "Name", "Set", "Number", "Decision", "Sure", "Card", "Read on the card")
STYLES = {"printing": "green", "artwork": "yellow", "unknown": "dim"}


def photo_table(answer: PhotoAnswer) -> Table:
    """Lay out every card of one photo, a row each; every text is shown as it is, never as markup."""
    table = Table()
    for column in COLUMNS:
        table.add_column(column, overflow="fold")
    for place, card in enumerate(answer.cards, 1):
        table.add_row(*(Text(cell) for cell in (str(place), *cells(card))), style=STYLES[card.decision])
    return table


def headline(answer: PhotoAnswer) -> str:
    """Say how many cards the photo shows, in how long."""
    count = len(answer.cards)
    cards = "no card" if count == 0 else "1 card" if count == 1 else f"{count} cards"
    return f"{answer.photo}: {cards}, {answer.milliseconds.total:.0f} ms"


def cells(card: Answer) -> tuple[str, ...]:
    """Say one card: name, set, number, decision, how sure, ids, what was read."""
    if card.decision == "unknown":
        return ("?", "", "", "unknown", "", "", read_text(card.evidence))
    card_set = f"{card.set.name} ({card.set.id})" if card.set else ""
    name = " ".join(part for part in (card.name, f"[{card.language}]" if card.language else None) if part)
    return (name, card_set, card.number or "", card.decision, sure_text(card), ids_text(card), read_text(card.evidence))


def sure_text(card: Answer) -> str:
    """Say the probability in per cent; for an artwork that of the drawing, as the printing is open."""
    return _percent(card.artwork_confidence if card.decision == "artwork" else card.confidence)


def ids_text(card: Answer) -> str:
    """List the printings it may be: one id where it is decided, each tied one with its probability where not."""
    if card.decision == "printing" or len(card.printings) < 2:
        return card.card_id or ""
    return "one of " + ", ".join(f"{tied.card_id} {_percent(tied.probability)}" for tied in card.printings)


def read_text(evidence: Evidence) -> str:
    """List what was read on the card."""
    parts = (evidence.name_read, evidence.number_read, evidence.set_code_read)
    return ", ".join(part for part in parts if part)


def _percent(probability: float) -> str:
    # Rounded down: 99.96 % must not be shown as certainty.
    return f"{int(probability * 1000) / 10:.1f} %"
