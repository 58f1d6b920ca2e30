"""Fits and measures the odds that decide which card a strip is of, on drawn photos of fanned cards.

`python -m cardlens.training.strip_calibration --fans 60` prints weights as `recognition/strip_match.py` holds them, and
what they, and those that ship, are worth on as many other fans.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.facts import CardFacts, bundled_facts
from cardlens.recognition.strip_catalogue import NEWER_SETS, StripCard, StripCatalogue
from cardlens.recognition.strip_match import WEIGHTS, Weighed, shared, weigh
from cardlens.recognition.strips import Strip, StripReader
from cardlens.recognition.text import TextEngine
from cardlens.runtimes.base import Floats
from cardlens.training.strip_photos import draw_fan

# Digits of drawn fans, pixels: a 4000-pixel photo of a dozen cards has 60, a small one 8.
_DIGITS = (7.0, 24.0)
_CARDS = 6
# Most fans are of one set, and of the sets of today; a tenth is of any time.
_OF_ONE_SET, _OF_CODED_SETS = 0.8, 0.7
# Sets that are not known are met too, but more rarely than those that are.
_WEIGHT_OF_UNKNOWN = 0.25
# How firmly the weights are held where they start (L2): what fans do not tell keeps its start.
_HELD, _STEPS, _RATE = 0.005, 4000, 0.1


@dataclass(frozen=True, slots=True)
class ReadFan:
    """A drawn fan: its cards from the top, the height of its digits in pixels, and what was read of it."""

    cards: tuple[StripCard, ...]
    digits: float
    strips: tuple[Strip, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strip was held against, which candidate is right (the last: none of them), and how much it counts.

    `coded`: the card that it is of shows a set code.
    """

    weighed: Weighed
    truth: int
    digits: float
    weight: float = 1.0
    coded: bool = False


def read_fans(fans: int, seed: int) -> Iterator[ReadFan]:
    """Draw and read so many fans of random cards, one in two on its side or upside down."""
    random = np.random.default_rng(seed)
    facts = bundled_facts()
    catalogue = StripCatalogue(facts)
    reader = StripReader(catalogue, TextEngine(threads=1))
    for _ in range(fans):
        digits = float(np.exp(random.uniform(*np.log(_DIGITS))))
        turn = float(random.normal(0, 6)) + float(random.choice([0, 0, 0, 90, 180, 270]))
        photo = draw_fan(_fanned(facts, catalogue, random), random, digits, turn)
        yield ReadFan(photo.cards, digits, tuple(reader.read(photo.pixels)))


def outcomes(fans: Sequence[ReadFan], catalogue: StripCatalogue, weight: float = 1.0) -> list[Outcome]:
    """Each strip that was found, held against the cards of `catalogue`."""
    found = []
    for fan in fans:
        for strip, card in zip(fan.strips, _truths(fan), strict=True):
            weighed = weigh(strip, catalogue)
            ids = [candidate.card_id for candidate in weighed.cards]
            truth = ids.index(card.card_id) if card is not None and card.card_id in ids else len(ids)
            found.append(Outcome(weighed, truth, fan.digits, weight, coded=card is not None and card.code is not None))
    return found


def fit(seen: Sequence[Outcome], start: Mapping[str, float] = WEIGHTS) -> dict[str, float]:
    """Softmax regression from `start`; no weight changes its sign."""
    names = list(start)
    rows = [_matrix(outcome.weighed, names) for outcome in seen]
    first = np.array([start[name] for name in names])
    values, sign = first.copy(), np.sign(first)
    total = sum(outcome.weight for outcome in seen)
    for _ in range(_STEPS):
        slope = -_HELD * (values - first)
        for outcome, matrix in zip(seen, rows, strict=True):
            sums = matrix @ values
            odds = np.exp(sums - sums.max())
            slope += outcome.weight * (matrix[outcome.truth] - (odds / odds.sum()) @ matrix) / total
        values += _RATE * slope
        values = np.where(values * sign < 0, 0.0, values)
    return dict(zip(names, values.round(3).tolist(), strict=True))


def figures(seen: Sequence[Outcome], weights: Mapping[str, float], sure: float = 0.9) -> dict[str, float]:
    """Shares of the strips: right id first, sure, sure and wrong; and the calibration error (ECE, ten bins)."""
    said = [(shares[:-1], outcome.truth) for outcome in seen for shares in [shared(outcome.weighed, weights)]]
    chances = np.array([shares.max(initial=0.0) for shares, _ in said])
    right = np.array([len(shares) > 0 and int(shares.argmax()) == truth for shares, truth in said])
    return {
        "strips": len(said),
        "right": round(float(right.mean()), 4),
        "sure": round(float((chances > sure).mean()), 4),
        "sure_and_wrong": round(float(((chances > sure) & ~right).mean()), 4),
        "ece": round(_ece(chances, right), 4),
    }


def without_its_set(fans: Sequence[ReadFan], weight: float = 1.0) -> list[Outcome]:
    """The same fans, where the catalogue does not know the set that most of a fan's cards are of."""
    found = []
    for fan in fans:
        gone = max((card.set_id for card in fan.cards), key=[card.set_id for card in fan.cards].count)
        newer = tuple(its_set for its_set in NEWER_SETS if its_set.set_id != gone)
        found += outcomes([fan], StripCatalogue(bundled_facts().without_sets({gone}), newer), weight)
    return found


def _fanned(facts: CardFacts, catalogue: StripCatalogue, random: np.random.Generator) -> list[StripCard]:
    """Random cards, most of one set."""
    every = sorted({its_set.set_id for its_set in facts.sets if its_set.game == "physical"})
    coded = sorted({its_set.set_id for its_set in (*facts.sets, *NEWER_SETS) if its_set.printed_code})
    main = str(random.choice(coded if random.random() < _OF_CODED_SETS else every))
    cards: list[StripCard] = []
    while len(cards) < _CARDS:
        other = str(random.choice(coded if random.random() < _OF_CODED_SETS else every))
        wanted = main if random.random() < _OF_ONE_SET else other
        numbered = catalogue.numbered(str(random.integers(1, 200)))
        cards += [card for card in numbered if card.set_id == wanted][:1]
    return cards


def _truths(fan: ReadFan) -> list[StripCard | None]:
    """The card of each strip that was read: in order, by the number that most of it agrees with."""
    left = list(fan.cards)
    truths: list[StripCard | None] = []
    for strip in fan.strips:
        at = next((at for at, card in enumerate(left) if _may_be(strip, card)), None)
        truths.append(None if at is None else left.pop(at))
    return truths


def _may_be(strip: Strip, card: StripCard) -> bool:
    read = [number.number.lstrip("0") for number in strip.numbers]
    return max(set(read), key=read.count) == card.number or (card.number in read and read.count(card.number) > 1)


def _matrix(weighed: Weighed, names: Sequence[str]) -> Floats:
    rows = [[one.get(name, 0.0) for name in names] for one in (*weighed.features, weighed.none)]
    return np.asarray(rows, np.float32)


def _ece(chances: Floats, right: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    bins = np.minimum((chances * 10).astype(int), 9)
    gaps = [abs(chances[bins == at].mean() - right[bins == at].mean()) * (bins == at).mean() for at in set(bins)]
    return float(sum(gaps))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fans", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    fitting, measuring = (list(read_fans(arguments.fans, arguments.seed + half)) for half in (0, 1))
    sys.stdout.write(json.dumps(calibrate(fitting, measuring), indent=1) + "\n")


def calibrate(fitting: Sequence[ReadFan], measuring: Sequence[ReadFan]) -> dict[str, object]:
    """Fit on some fans; measure that fit, and the weights that ship, on others."""
    whole = StripCatalogue(bundled_facts())
    known = outcomes(fitting, whole)
    weights = fit([*known, *without_its_set(fitting, _WEIGHT_OF_UNKNOWN)])
    held, strangers = outcomes(measuring, whole), without_its_set(measuring)
    return {
        "weights": weights,
        "measured": _by_kind(held, strangers, weights),
        "as shipped": _by_kind(held, strangers, WEIGHTS),
        "cards": sum(len(fan.cards) for fan in measuring),
    }


def _by_kind(
    held: Sequence[Outcome], strangers: Sequence[Outcome], weights: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    return {
        "all": figures(held, weights),
        "with a set code": figures([one for one in held if one.coded], weights),
        "digits >= 12 px": figures([one for one in held if one.digits >= 12], weights),
        "digits < 12 px": figures([one for one in held if one.digits < 12], weights),
        "the fan's set not known": figures(strangers, weights),
    }


if __name__ == "__main__":
    main()
