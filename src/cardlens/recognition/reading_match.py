"""Which cards a reading may be of: number, total, set code, name and hit points against the card facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cardlens.recognition.facts import Card, CardFacts
from cardlens.recognition.names import normalised_name
from cardlens.recognition.reading import Reading
from cardlens.recognition.reading_evidence import SAME_NAME, Agreement, ReadEvidence, compare, likeness
from cardlens.recognition.reading_probability import reading_probability

# In what order candidates stand. Cards nearer than `_TIED` to each other cannot be told apart by what was read.
_NAME, _NUMBER, _TOTAL, _SET_CODE, _HP, _BANNER, _TIED = 6.0, 4.0, 2.0, 3.0, 1.5, 1.5, 0.3
_NAMES_TRIED = 6
# so many things must agree before a card is named by them
_TOLD = 2


@dataclass(frozen=True, slots=True)
class ReadCandidate:
    """A card that the reading may be of.

    Attributes:
        probability: that it is this card, calibrated, 0..1.
        rivals: how many cards agree with the reading as well as this one, or may, for all that is known of them; itself
            included.
    """

    card_id: str
    probability: float
    rivals: int
    evidence: ReadEvidence


def identify_reading(
    reading: Reading,
    facts: CardFacts,
    limit: int = 5,
    chance: Callable[[ReadEvidence, int], float] = reading_probability,
) -> list[ReadCandidate]:
    """Cards that agree with at least two things read, likeliest first; empty where there is none.

    `chance` makes a probability of the evidence and the number of rivals; another is given only to calibrate it.

    Japanese cards are numbered in sets of their own, which the facts do not hold: they name nothing here.
    """
    if reading.language == "ja":
        return []
    exact = _exact_names(reading, facts)
    compared = [(card, compare(reading, card, exact)) for card in _possible(reading, facts)]
    possible = [one for one in compared if one[1].agreeing + one[1].hp_untold >= _TOLD]
    scores = [_score(evidence) for _, evidence in possible]
    told = [(score, *one) for score, one in zip(scores, possible, strict=True) if one[1].agreeing >= _TOLD]
    told.sort(key=lambda entry: (-entry[0], entry[1].card_id))
    return [
        ReadCandidate(card.card_id, chance(evidence, rivals), rivals, evidence)
        for score, card, evidence in told[:limit]
        for rivals in [sum(other > score - _TIED for other in scores)]
    ]


def name_agrees(reading: Reading, cards: Sequence[Card], facts: CardFacts) -> Agreement:
    """Whether a name was read that any of `cards` bears (1), or only that of another card, to the letter (-1)."""
    exact = _exact_names(reading, facts)
    likest = max((compare(reading, card, exact).name or 0.0 for card in cards), default=0.0)
    if likest >= SAME_NAME:
        return 1
    return -1 if cards and exact else 0


def disambiguate(reading: Reading, cards: Sequence[Card]) -> list[float]:
    """How likely each of some tied printings is by what was read; all alike where nothing tells them apart.

    The probabilities sum to 1: that the card is one of them is taken for granted.
    """
    if not cards:
        return []
    scores = [_printed_only(compare(reading, card)) for card in cards]
    best = max(scores)
    # A field that agrees with one printing and contradicts the other is a factor of about a thousand.
    odds = [10.0 ** (1.5 * (score - best)) for score in scores]
    return [value / sum(odds) for value in odds]


def _exact_names(reading: Reading, facts: CardFacts) -> set[str]:
    """What was read, folded, that is some card's name to the letter."""
    folded = {normalised_name(text.text) for text in reading.names}
    return {name for name in folded if name and facts.named(name)}


def _possible(reading: Reading, facts: CardFacts) -> Iterable[Card]:
    """Cards that share the number, or a name, with what was read."""
    found = {card.card_id: card for number in reading.numbers for card in facts.find(number=number.number)}
    for text in reading.names:
        folded = normalised_name(text.text)
        for name in facts.similar_names(folded, _NAMES_TRIED):
            if likeness(folded, name) >= SAME_NAME:
                found |= {card.card_id: card for card in facts.named(name)}
    # TCG Pocket faces show neither number nor set: where one was read whole it is none of them, else it may be any
    printed = any(number.certain for number in reading.numbers) or reading.set_code is not None
    return [card for card in found.values() if card.game == "physical" or not printed]


def _score(evidence: ReadEvidence) -> float:
    name = 0.0 if evidence.name is None else evidence.name - SAME_NAME
    number = evidence.number if evidence.certain else 0.5 * evidence.number
    # Half of all sets share their total with another one: without the number it says nothing.
    total = min(evidence.total, evidence.number)
    return (
        _NAME * name
        + _NUMBER * number
        + _TOTAL * total
        + _SET_CODE * evidence.set_code
        + _HP * (evidence.hp or evidence.hp_untold)
        + _BANNER * evidence.banner
    )


def _printed_only(evidence: ReadEvidence) -> float:
    """What tells printings of one artwork apart: number, total and set code; never below a card that shows none."""
    number = evidence.number if evidence.certain else 0.5 * evidence.number
    return number + evidence.total + evidence.set_code
