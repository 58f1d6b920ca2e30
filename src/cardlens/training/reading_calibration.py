"""Fits and measures the probability of readings, on simulated photos of cards whose print is legible.

`python -m cardlens.training.reading_calibration ../shared/cards` writes `bundled/reading.json`: half of the cards fit
the coefficients, the other half measures them. The figures are written beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from cardlens.recognition.reading_probability import _coefficients, features
from cardlens.training.reading_photos import legible_scans, load_rgb, photograph

# Where the coefficients start, and how firmly they are held there (`_HELD`, an L2 penalty): what the data do not
# contain, such as the set codes of newer cards, keeps its start. Signs are kept too: agreement never counts against.
_START = {
    "bias": -9.0,
    "name": 5.0,
    "name_exact": 1.0,
    "number": 3.0,
    "number_differs": -3.0,
    "total": 2.0,
    "total_differs": -2.0,
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
_HELD, _STEPS, _RATE = 2.0, 4000, 0.02
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
    rivals: int
    right: bool
    exact: bool
    weight: float = 1.0


def read_photos(
    cards: Path, ids: Sequence[str], per_card: int, heights: tuple[float, float], seed: int
) -> list[ReadPhoto]:
    """Photograph each card `per_card` times, at heights (pixels) drawn between the two, and read it."""
    random = np.random.default_rng(seed)
    facts = bundled_facts()
    reader, scans = Reader(facts), legible_scans(cards)
    grounds = [load_rgb(file) for file in sorted((cards / "backgrounds").glob("*.jpg"))]
    photos = []
    for card_id in ids:
        card, scan = facts.get(card_id), load_rgb(scans[card_id])
        for _ in range(per_card if card else 0):
            height = float(np.exp(random.uniform(*np.log(heights))))
            photo = photograph(scan, grounds[random.integers(len(grounds))], height, random)
            start = time.perf_counter()
            reading = reader.read(photo.pixels, photo.quad)
            photos.append(ReadPhoto(card, reading, (time.perf_counter() - start) * 1000))  # type: ignore[arg-type]
    return photos


def outcomes(photos: Sequence[ReadPhoto], facts: CardFacts) -> Iterator[Outcome | None]:
    """What is said of each photo; None where nothing is."""
    for photo in photos:
        candidates = identify_reading(photo.reading, facts, limit=10)
        if not candidates:
            yield None
            continue
        best = candidates[0]
        tied = [candidate.card_id for candidate in candidates[: best.rivals]]
        exact = best.card_id == photo.card.card_id
        yield Outcome(best.evidence, best.probability, best.rivals, photo.card.card_id in tied, exact)


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
    halves = [[card_id for card_id in ids if crc32(card_id.encode()) % 2 == half] for half in (0, 1)]
    fitting, measuring = (
        read_photos(cards, half, per_card, (250.0, 1000.0), seed + at) for at, half in enumerate(halves)
    )
    record: dict[str, Any] = {"coefficients": fit([*_known(fitting), *_unknown(fitting)]), "seed": seed}
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    _coefficients.cache_clear()
    sharp = [photo for photo in measuring if photo.reading.height >= 600]
    record["measured"] = {
        "card >= 600 px high": figures(list(outcomes(sharp, bundled_facts()))),
        "card 250-1000 px high": figures(list(outcomes(measuring, bundled_facts()))),
        "set missing from the facts": figures(list(_outcomes_without_set(measuring))),
        "milliseconds_median": float(np.median([photo.milliseconds for photo in measuring])),
    }
    out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


def _known(photos: Sequence[ReadPhoto]) -> list[Outcome]:
    return [outcome for outcome in outcomes(photos, bundled_facts()) if outcome]


def _unknown(photos: Sequence[ReadPhoto]) -> list[Outcome]:
    found = (outcome for outcome in _outcomes_without_set(photos) if outcome)
    return [replace(outcome, weight=_WEIGHT_OF_UNKNOWN) for outcome in found]


def _outcomes_without_set(photos: Sequence[ReadPhoto]) -> Iterator[Outcome | None]:
    """The same photos against facts that do not know the card's set, as with a set newer than the facts."""
    for set_id in sorted({photo.card.set_id for photo in photos}):
        facts = bundled_facts().without_sets({set_id})
        yield from outcomes([photo for photo in photos if photo.card.set_id == set_id], facts)


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
