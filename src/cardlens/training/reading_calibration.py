"""Fits and measures the probability of readings, on simulated photos of cards whose print is legible.

`python -m cardlens.training.reading_calibration ../shared/cards` writes `bundled/reading.json`: half of the cards fit
the coefficients, the other half measures them. The figures are written beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from cardlens.recognition.facts import Card, CardFacts, bundled_facts
from cardlens.recognition.reader import Reader
from cardlens.recognition.reading import Reading
from cardlens.recognition.reading_evidence import ReadEvidence
from cardlens.recognition.reading_match import identify_reading
from cardlens.recognition.reading_probability import features, probability
from cardlens.training.reading_photos import SHARP, legible_scans, load_rgb, photograph

# Where the coefficients start, and how firmly they are held there (`_HELD`, an L2 penalty): what the data do not
# contain, such as the set codes of newer cards, keeps its start. Signs are kept too: agreement never counts against.
_START = {
    "bias": -9.0,
    "name": 5.0,
    "name_exact": 1.0,
    "name_differs": -3.0,
    "number": 3.0,
    "number_differs": -3.0,
    "total": 2.0,
    "total_differs": -2.0,
    "total_unread": -2.0,
    "set_code": 5.0,
    "set_code_differs": -5.0,
    "hp": 1.5,
    "hp_differs": -2.0,
    "banner": 1.5,
    "banner_differs": -2.0,
    "certain": 1.0,
    "name_confidence": 1.0,
    "number_confidence": 1.0,
    "small": -0.5,
}
_HELD, _STEPS, _RATE = 2.0, 4000, 0.5
# Photos to fit on: card heights in pixels, and blur, up to which a person would still try to read.
_ANY_HEIGHT, _LEGIBLE_HEIGHT, _SOFTEST = (300.0, 1000.0), (600.0, 1000.0), 0.0012
# Cards that the facts do not know yet are met too, but more rarely than cards they know.
_WEIGHT_OF_UNKNOWN = 0.25


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """A simulated photo of `card`, as read."""

    card: Card
    reading: Reading
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the best candidate of a photo was, and whether the card was among those that agree as well as it."""

    evidence: ReadEvidence
    probability: float
    right: bool
    exact: bool
    weight: float = 1.0


def read_photos(
    cards: Path, ids: Sequence[str], per_card: int, heights: tuple[float, float], softest: float, seed: int
) -> list[ReadPhoto]:
    """Photograph each card `per_card` times and read it: heights (pixels) between the two, blur up to `softest`."""
    random = np.random.default_rng(seed)
    facts = bundled_facts()
    reader, scans = Reader(facts, threads=1), legible_scans(cards)
    grounds = [load_rgb(file) for file in sorted((cards / "backgrounds").glob("*.jpg"))]
    photos = []
    for card_id in ids:
        card, scan = facts.get(card_id), load_rgb(scans[card_id])
        for _ in range(per_card if card else 0):
            height = float(np.exp(random.uniform(*np.log(heights))))
            softness = random.uniform(SHARP, softest) if softest > SHARP else SHARP
            photo = photograph(scan, grounds[random.integers(len(grounds))], height, random, softness)
            start = time.perf_counter()
            reading = reader.read(photo.pixels, photo.quad)
            photos.append(ReadPhoto(card, reading, (time.perf_counter() - start) * 1000))  # type: ignore[arg-type]
    return photos


def outcomes(
    photos: Sequence[ReadPhoto], facts: CardFacts, coefficients: Mapping[str, float]
) -> Iterator[Outcome | None]:
    """What is said of each photo; None where nothing is."""
    for photo in photos:
        candidates = identify_reading(photo.reading, facts, 10, partial(probability, coefficients=coefficients))
        if not candidates:
            yield None
            continue
        best = candidates[0]
        tied = [candidate.card_id for candidate in candidates[: best.rivals]]
        exact = best.card_id == photo.card.card_id
        yield Outcome(best.evidence, best.probability, photo.card.card_id in tied, exact)


def fit(seen: Sequence[Outcome]) -> dict[str, float]:
    """Logistic regression from `_START`, which holds what the data do not tell; no coefficient changes its sign."""
    names = list(_START)
    rows = np.array([[features(outcome.evidence)[name] for name in names] for outcome in seen])
    right = np.array([outcome.right for outcome in seen], np.float64)
    weights = np.array([outcome.weight for outcome in seen])
    start = np.array([_START[name] for name in names])
    values, sign = start.copy(), np.sign(start)
    for _ in range(_STEPS):
        error = weights * (1 / (1 + np.exp(-rows @ values)) - right)
        values -= _RATE * (rows.T @ error + _HELD * (values - start)) / max(weights.sum(), 1.0)
        values = np.where(values * sign < 0, 0.0, values)
    return dict(zip(names, values.round(4).tolist(), strict=True))


def figures(said: Sequence[Outcome | None], sure: float = 0.9) -> dict[str, float]:
    """Shares of all photos: right id, said nothing, sure, sure and wrong; and the Brier score of what was said."""
    spoken = [outcome for outcome in said if outcome is not None]
    confident = [outcome for outcome in spoken if outcome.probability > sure]
    count = max(len(said), 1)
    return {
        "photos": len(said),
        "right": sum(outcome.exact for outcome in spoken) / count,
        "silent": (count - len(spoken)) / count,
        "sure": len(confident) / count,
        "sure_and_wrong": sum(not outcome.exact for outcome in confident) / count,
        "brier": float(np.mean([(outcome.probability - outcome.exact) ** 2 for outcome in spoken] or [0.0])),
    }


def calibrate(cards: Path, out: Path, per_card: int = 2, seed: int = 1) -> dict[str, Any]:
    """Fit on every other card, measure on the rest, write `out` and return what was written."""
    ids = sorted(legible_scans(cards))
    fitting, measuring = ([card_id for card_id in ids if crc32(card_id.encode()) % 2 == half] for half in (0, 1))
    coefficients = _fitted(read_photos(cards, fitting, per_card, _ANY_HEIGHT, _SOFTEST, seed))
    mixed = read_photos(cards, measuring, per_card, _ANY_HEIGHT, _SOFTEST, seed + 1)
    sharp = read_photos(cards, measuring, per_card, _LEGIBLE_HEIGHT, SHARP, seed + 2)
    facts = bundled_facts()
    measured = {
        "sharp, card >= 600 px high": figures(list(outcomes(sharp, facts, coefficients))),
        "softer, card 300-1000 px high": figures(list(outcomes(mixed, facts, coefficients))),
        "the card's set missing from the facts": figures(list(_outcomes_without_set(mixed, coefficients))),
        "milliseconds, median": float(np.median([photo.milliseconds for photo in sharp])),
    }
    record = {"coefficients": coefficients, "measured": measured, "photos_per_card": per_card, "seed": seed}
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def _fitted(photos: Sequence[ReadPhoto]) -> dict[str, float]:
    known = [outcome for outcome in outcomes(photos, bundled_facts(), _START) if outcome]
    unknown = [outcome for outcome in _outcomes_without_set(photos, _START) if outcome]
    return fit([*known, *(replace(outcome, weight=_WEIGHT_OF_UNKNOWN) for outcome in unknown)])


def _outcomes_without_set(photos: Sequence[ReadPhoto], coefficients: Mapping[str, float]) -> Iterator[Outcome | None]:
    """The same photos against facts that do not know the card's set, as with a set newer than the facts."""
    for set_id in sorted({photo.card.set_id for photo in photos}):
        facts = bundled_facts().without_sets({set_id})
        yield from outcomes([photo for photo in photos if photo.card.set_id == set_id], facts, coefficients)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", type=Path, help="folder with scans, views and backgrounds")
    default = Path(str(resources.files("cardlens.bundled") / "reading.json"))
    parser.add_argument("--out", type=Path, default=default)
    parser.add_argument("--per-card", type=int, default=2)
    arguments = parser.parse_args()
    calibrate(arguments.cards, arguments.out, arguments.per_card)


if __name__ == "__main__":
    main()
