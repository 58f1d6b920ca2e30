"""A recognizer that answers without models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cardlens.errors import UnreadablePicture
from cardlens.recognition.answer import Answer, CardSet, Evidence, Milliseconds, PhotoAnswer, Printing
from cardlens.settings import Settings

QUAD = ((1.0, 2.0), (64.0, 2.0), (64.0, 90.0), (1.0, 90.0))

PIKACHU = Answer(
    QUAD,
    "printing",
    "sv3pt5-25",
    "Pikachu",
    CardSet("sv3pt5", "151"),
    "25",
    0.991,
    0.998,
    "ja",
    (Printing("sv3pt5-25", 0.991),),
    Evidence("seen", 0.83, 0.41, "025/165"),
)
TIED = Answer(
    QUAD,
    "artwork",
    "A1-1",
    "Bulbasaur",
    CardSet("A1", "Genetic Apex"),
    "1",
    0.52,
    0.97,
    None,
    (Printing("A1-1", 0.52), Printing("A4b-1", 0.45)),
)
UNKNOWN = Answer(QUAD, "unknown")


def answer_with(*cards: Answer) -> PhotoAnswer:
    return PhotoAnswer("as the recognizer calls it", (3024, 4032), cards, Milliseconds(total=12.0))


@dataclass
class FakeRecognizer:
    """Answers by file name: `unreadable…` and `bug…` raise, everything else shows `cards`."""

    cards: tuple[Answer, ...] = (PIKACHU, TIED, UNKNOWN)
    asked: list[tuple[Path, int]] = field(default_factory=list)
    opened_with: list[Settings] = field(default_factory=list)

    def name_cards(self, photo: Path, top: int) -> PhotoAnswer:
        self.asked.append((photo, top))
        if photo.name.startswith("unreadable"):
            raise UnreadablePicture(f"{photo}: not a picture; give a photo")
        if photo.name.startswith("bug"):
            raise ZeroDivisionError("by zero")
        return answer_with(*self.cards)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]
