"""How far a card of the facts agrees with what was read off a face."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from cardlens.recognition.facts import Card, normalised_number
from cardlens.recognition.names import face_name, normalised_name
from cardlens.recognition.number import NumberText
from cardlens.recognition.reading import NameText, Reading

# +1: read and agrees; -1: read and disagrees; 0: not read, or the card does not show it.
Agreement = Literal[-1, 0, 1]
# Names nearer than this may be one name misread; others are different names.
SAME_NAME = 0.72
_ANOTHER_NAME = 0.5


@dataclass(frozen=True, slots=True)
class ReadEvidence:
    """What a candidate's calibrated probability is made of.

    Attributes:
        name: likeness of the names, 0..1; None where no name was read, or one in another language.
        banner: whether the face says Trainer or Energy as the card is.
        certain: whether the number was read whole (its slash or letters too).
        name_confidence, number_confidence: of the recognised lines, 0..1; 0 where there is none.
        height: the card's height in the photo, in pixels.
        name_text, number_text: the lines that were taken for them.
        hp_untold: whether hit points were read of a card whose own are not known: they may agree.
    """

    name: float | None
    number: Agreement
    total: Agreement
    set_code: Agreement
    hp: Agreement
    banner: Agreement
    certain: bool
    name_confidence: float
    number_confidence: float
    height: float
    name_text: str | None = None
    number_text: str | None = None
    hp_untold: bool = False

    @property
    def agreeing(self) -> int:
        """How many independent fields agree. Number and total are one: a misread line spoils both."""
        name = self.name is not None and self.name >= SAME_NAME
        return sum((self.number_agrees, self.set_code > 0, self.hp > 0, self.banner > 0, name))

    @property
    def number_agrees(self) -> bool:
        """Whether the number agrees and the printed total does not contradict it."""
        return self.number > 0 and self.total >= 0


def compare(reading: Reading, card: Card, exact: Collection[str] = ()) -> ReadEvidence:
    """Hold a reading against one card. `exact`: what was read, folded, that is some card's name to the letter."""
    number, agrees, total = _number(reading, card)
    name, likeness = _name(reading, card, exact)
    return ReadEvidence(
        name=likeness,
        number=agrees,
        total=total,
        set_code=_set_code(reading, card),
        hp=0 if reading.hp is None or card.hp is None else _agreement(reading.hp == card.hp),
        banner=_agreement(reading.banner == card.supertype) if reading.banner else 0,
        certain=number is not None and (number.certain or card.printed_total is None),
        name_confidence=name.confidence if name else 0.0,
        number_confidence=number.confidence if number else 0.0,
        height=reading.height,
        name_text=name.text if name else None,
        number_text=str(number) if number else None,
        hp_untold=reading.hp is not None and card.hp is None and card.supertype == "Pokémon",
    )


def likeness(text: str, name: str) -> float:
    """How alike two folded names are, 0..1."""
    return SequenceMatcher(None, text, name, autojunk=False).ratio()


def _agreement(same: bool) -> Agreement:
    return 1 if same else -1


def _number(reading: Reading, card: Card) -> tuple[NumberText | None, Agreement, Agreement]:
    """The number as read that fits best, whether it agrees, and whether its total does."""
    wanted = normalised_number(card.number)
    fits = [number for number in reading.numbers if normalised_number(number.number) == wanted]
    if fits:
        best = max(fits, key=lambda number: (_total(number, card), number.certain, number.confidence))
        return best, 1, _total(best, card)
    certain = next((number for number in reading.numbers if number.certain), None)
    return certain, -1 if certain else 0, _total(certain, card) if certain else 0


def _total(number: NumberText, card: Card) -> Agreement:
    if number.total is None:
        return 0
    if card.printed_total is None:
        return -1
    read, printed = str(number.total), str(card.printed_total)
    # "104/100" where 108 is printed: one digit of small print proves nothing either way.
    doubtful = len(read) == len(printed) and sum(a != b for a, b in zip(read, printed, strict=True)) == 1
    return 0 if doubtful else _agreement(read == printed)


def _set_code(reading: Reading, card: Card) -> Agreement:
    if reading.set_code is None:
        return 0
    return _agreement(reading.set_code.code == card.printed_code)


def _name(reading: Reading, card: Card, exact: Collection[str]) -> tuple[NameText | None, float | None]:
    name = face_name(card.name)
    scored = [(likeness(normalised_name(text.text), name), text) for text in reading.names]
    best, text = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    foreign = reading.language not in (None, "en")
    if text is None or (foreign and best < SAME_NAME):
        return None, None
    # "Dragonair" is not a misread "Dragonite"; but "Mewtwo" may be all that was read of "Mewtwo-EX".
    other = exact and not any(word in name or name in word for word in exact)
    return text, min(best, _ANOTHER_NAME) if other else best
