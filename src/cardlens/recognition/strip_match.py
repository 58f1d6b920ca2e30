"""Which card a strip is of: each card that any reading of its number allows, weighed by code and total."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.facts import normalised_number
from cardlens.recognition.number import NumberText
from cardlens.recognition.strip_catalogue import StripCard, StripCatalogue
from cardlens.recognition.strip_code import code_likeness, whole_code
from cardlens.recognition.strips import Strip
from cardlens.runtimes.base import Floats

# Odds of what agrees and what does not, in natural logarithms: fitted by `cardlens.training.strip_calibration`. Of a
# total with one digit misread they learned that it tells nothing, either way.
WEIGHTS: Mapping[str, float] = {
    "code": 6.13,
    "code_exact": 1.39,
    "code_unlike": -6.49,
    "other_code": -5.14,
    "total": 5.39,
    "total_doubtful": 0.0,
    "total_differs": -4.39,
    "total_missing": -4.03,
    "total_none": 2.63,
    "votes": 3.62,
    "score": 1.4,
    "none": 8.54,
    "none_whole_code": 2.99,
}
# Readings of a code that are less like it than this speak against it.
_ALIKE = 0.6
# The fans that fitted the odds were too few to be surer.
_SUREST = 0.999


@dataclass(frozen=True, slots=True)
class StripCandidate:
    """A card that a strip may be of, and the probability that it is, 0..1."""

    card: StripCard
    probability: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """What speaks for each candidate of one strip, by name of the weight; `none`: for no card that is known."""

    cards: tuple[StripCard, ...]
    features: tuple[Mapping[str, float], ...]
    none: Mapping[str, float]


def match_strips(
    strips: Sequence[Strip], catalogue: StripCatalogue, weights: Mapping[str, float] = WEIGHTS
) -> list[list[StripCandidate]]:
    """Candidates of each strip, likeliest first; their probabilities leave room for a card that is not known."""
    return [chances(weigh(strip, catalogue), weights) for strip in strips]


def weigh(strip: Strip, catalogue: StripCatalogue) -> Weighed:
    """Hold a strip against every card with a number that was read."""
    likeness = {code: _likeness(strip.codes, code) for code in catalogue.codes}
    unknown = whole_code(strip.codes)
    cards, features = [], []
    for group in _hypotheses(strip):
        for card in catalogue.numbered(group[0].number):
            cards.append(card)
            features.append(
                {
                    **_code(strip, card, likeness),
                    **_total(group, card),
                    **_number(group, strip),
                }
            )
    whole = unknown is not None and unknown not in catalogue.codes
    return Weighed(tuple(cards), tuple(features), {"none": 1.0, "none_whole_code": float(whole)})


def chances(weighed: Weighed, weights: Mapping[str, float]) -> list[StripCandidate]:
    """Probabilities of the candidates, likeliest first; those of ten thousandths and less are left out."""
    shares = shared(weighed, weights)
    order = np.argsort(-shares[:-1], kind="stable")
    return [StripCandidate(weighed.cards[at], min(float(shares[at]), _SUREST)) for at in order if shares[at] > 1e-4]


def shared(weighed: Weighed, weights: Mapping[str, float]) -> Floats:
    """Probability of each candidate, and last that of none of them: softmax of the weighed sums."""
    sums = np.array(
        [sum(weights[name] * value for name, value in one.items()) for one in (*weighed.features, weighed.none)]
    )
    odds = np.exp(sums - sums.max())
    return np.asarray(odds / odds.sum(), np.float32)


def _hypotheses(strip: Strip) -> list[list[NumberText]]:
    """The readings, those of one number together."""
    groups: dict[str, list[NumberText]] = {}
    for number in strip.numbers:
        groups.setdefault(normalised_number(number.number), []).append(number)
    return list(groups.values())


def _likeness(texts: Sequence[str], code: str) -> float:
    """Mean of the two readings that are most like a code: one alone may be chance."""
    best = sorted((code_likeness([text], code) for text in texts), reverse=True)[:2]
    return sum(best) / 2 if best else 0.0


def _code(strip: Strip, card: StripCard, likeness: Mapping[str, float]) -> dict[str, float]:
    """How well what was read where a code stands suits the card; nothing where nothing legible was read there."""
    if card.code is None:
        read = max(likeness.values(), default=0.0)
        return {"other_code": max(read - _ALIKE, 0.0) / (1 - _ALIKE)}
    like = likeness[card.code]
    legible = any(sum(letter.isalpha() for letter in text) >= len(card.code) for text in strip.codes)
    return {
        "code": max(like - _ALIKE, 0.0) / (1 - _ALIKE),
        "code_exact": float(like > 0.95),
        "code_unlike": max(_ALIKE - like, 0.0) / _ALIKE if legible else 0.0,
    }


def _number(group: Sequence[NumberText], strip: Strip) -> dict[str, float]:
    return {
        "votes": len(group) / max(strip.readings, 1),
        "score": float(np.mean([number.confidence for number in group])),
    }


def _total(group: Sequence[NumberText], card: StripCard) -> dict[str, float]:
    """Share of the readings whose total agrees, is one digit off, differs, was not read, or is rightly not there."""
    kinds = Counter(_total_kind(number.total, card.total) for number in group)
    return {kind: count / len(group) for kind, count in kinds.items()}


def _total_kind(read: int | None, printed: int | None) -> str:
    if read == printed:
        return "total" if printed is not None else "total_none"
    if read is None:
        return "total_missing"
    if printed is None:
        return "total_differs"
    one, other = f"{read:03d}", f"{printed:03d}"
    return "total_doubtful" if sum(a != b for a, b in zip(one, other, strict=False)) == 1 else "total_differs"
