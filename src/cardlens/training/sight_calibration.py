"""Fits how sure a match by sight is, on rendered photos of cards that the embedder was not trained on.

A third of the photos show a page of one set, as binders do, the others cards of any set. Many cards are left out of
the database: some of each photo, or whole sets, as where a database is of other years, for most cards that people own
are not in it. In every fourth photo of the first two kinds the cards are printed in a language that has no scans.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from cardlens.recognition.matcher import Gallery, Matcher
from cardlens.recognition.picture import Picture
from cardlens.recognition.quad import iou
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.sight import Sighting, features
from cardlens.runtimes.base import Bytes
from cardlens.training.left_out import LeftOut
from cardlens.training.simulator.crops import in_another_language
from cardlens.training.simulator.scans import Scans
from cardlens.training.simulator.scenes import Scene
from cardlens.training.split import Split, set_of
from cardlens.training.trial_scenes import trial_page, trial_scenes

# held-out sets that fit the calibration; the others measure it
FITTED_SETS = ("base2", "A3b")
_SEED, _PAGE = 7, 20
# share of the cards of a mixed photo, and of a page of one set, that are left out; how often the page's whole set is,
# and how often a page is in order
_STRANGERS, _ODD_STRANGERS, _WHOLE_SET, _IN_ORDER = 0.5, 0.15, 0.35, 0.5
# how often all cards of a photo are printed in a language of which there are no scans
_FOREIGN = 0.25
# inverse strength of the penalty on coefficients: a stronger one makes all answers less sure than they may be
_FREEDOM = 10.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One sighting, and whether its best artwork is the card's. Where the card was left out, it never is."""

    sighting: Sighting
    right: bool


def calibrate(recognizer: Recognizer, scans: Scans, split: Split, grounds: list[Bytes], out: Path, scenes: int) -> None:
    """Fit on validation cards and `FITTED_SETS`, and write `out` with the coefficients and how they were made."""
    cards = [*split.validation, *(card_id for card_id in split.held_out if set_of(card_id) in FITTED_SETS)]
    known = scans.of([card_id for card_id in cards if card_id in scans.rows])
    trials = list(sight_trials(recognizer, known, grounds, scenes, _SEED))
    checked = [trial for trial in trials if trial.sighting.checked]
    record = {
        "model_digest": recognizer.embedder.digest,
        "coefficients": fit([replace(trial, sighting=unchecked(trial.sighting)) for trial in trials]),
        "with_parts": fit(checked) if checked else {},
        "made_by": f"cardlens train calibration --scenes {scenes}",
        "cards": len(known.rows),
        "sightings": len(trials),
        "right": sum(bool(trial.right) for trial in trials),
    }
    aside = out.with_name(f".{out.name}.partial")
    aside.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    aside.replace(out)


def unchecked(seen: Sighting) -> Sighting:
    """The same as if its parts had not been compared; the best artwork stays the best."""
    artworks = [replace(artwork, agreement=None, likeness=None) for artwork in seen.artworks]
    return replace(seen, artworks=artworks)


def fit(trials: list[Trial]) -> dict[str, float]:
    """Logistic regression on `sight.features`."""
    named = [features(trial.sighting) for trial in trials]
    names = [name for name in named[0] if name != "bias"]
    table = np.array([[row[name] for name in names] for row in named])
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(C=_FREEDOM, max_iter=20_000)
    model.fit(scaler.transform(table), [trial.right for trial in trials])
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    return {
        "bias": round(bias, 5),
        **{name: round(float(weight), 5) for name, weight in zip(names, weights, strict=True)},
    }


@dataclass(frozen=True, slots=True)
class _Shown:
    """Cards of one language: all of them, by set, and photos of them mixed."""

    whole: Scans
    sets: list[Scans]
    mixed: Iterator[Scene]

    @classmethod
    def of(cls, scans: Scans, grounds: list[Bytes], scenes: int, seed: int) -> _Shown:
        sets = [scans.of(ids) for ids in _by_set(scans).values() if len(ids) >= _PAGE]
        return cls(scans, sets, trial_scenes(scans, grounds, scenes, seed))


def translated(scans: Scans, seed: int) -> Scans:
    """The same cards as if printed in another language: other text, the same picture."""
    rng = np.random.default_rng([seed, len(scans)])
    others = rng.permutation(len(scans))
    pixels = [
        in_another_language(scan, scans.pixels[other], rng) for scan, other in zip(scans.pixels, others, strict=True)
    ]
    return Scans(np.stack(pixels), scans.records)


def sight_trials(recognizer: Recognizer, scans: Scans, grounds: list[Bytes], scenes: int, seed: int) -> Iterator[Trial]:
    """Render photos, leave about half of their cards out of the database, and look at them."""
    gallery = recognizer.matcher.gallery
    languages = [_Shown.of(one, grounds, scenes, seed) for one in (scans, translated(scans, seed))]
    for number in track(range(scenes), "looking at photos", transient=True):
        rng = np.random.default_rng([seed, number])
        whole_sets, page = number % 3 == 2, number % 3 == 1
        cards = languages[int(not whole_sets and rng.random() < _FOREIGN)]
        if page:
            shown = cards.sets[int(rng.integers(len(cards.sets)))]
            order = _by_number(shown) if rng.random() < _IN_ORDER else []
            scene = trial_page(rng, shown, grounds, order)
            gone = list(shown.rows) if rng.random() < _WHOLE_SET else _some(shown, scene, rng, _ODD_STRANGERS)
        else:
            shown, scene = cards.whole, next(cards.mixed)
            gone = _some_sets(shown, rng) if whole_sets else _some(shown, scene, rng, _STRANGERS)
        ids = [shown.records[card.scan].card_id for card in scene.cards]
        yield from _look(recognizer, gallery, scene, ids, gone)


def _some_sets(scans: Scans, rng: np.random.Generator) -> list[str]:
    return [card_id for ids in _by_set(scans).values() if rng.random() < _STRANGERS for card_id in ids]


def _some(scans: Scans, scene: Scene, rng: np.random.Generator, share: float) -> list[str]:
    return [scans.records[card.scan].card_id for card in scene.cards if rng.random() < share]


def _by_number(scans: Scans) -> list[int]:
    """One row a card, in the order of collector numbers."""
    numbers = {card_id: card_id.rpartition("-")[2] for card_id in scans.rows}
    plain = [card_id for card_id, number in numbers.items() if number.isdigit()]
    return [scans.rows[card_id][0] for card_id in sorted(plain, key=lambda card_id: int(numbers[card_id]))]


def _by_set(scans: Scans) -> dict[str, list[str]]:
    sets: dict[str, list[str]] = {}
    for card_id in scans.rows:
        sets.setdefault(set_of(card_id), []).append(card_id)
    return sets


def _look(recognizer: Recognizer, gallery: Gallery, scene: Scene, ids: list[str], gone: list[str]) -> Iterator[Trial]:
    found = recognizer.detector.find(scene.pixels)
    recognizer.matcher = Matcher(LeftOut(gallery, gone))
    try:
        picture = Picture(scene.pixels, "scene", (scene.pixels.shape[1], scene.pixels.shape[0]))
        for seen in recognizer.look(picture, found):
            overlaps = [iou(card.quad, seen.quad) for card in scene.cards]
            nearest = int(np.argmax(overlaps))
            if seen.sighting.artworks:
                right = bool(overlaps[nearest] > 0.5) and ids[nearest] in seen.sighting.artworks[0].printings
                yield Trial(seen.sighting, right and ids[nearest] not in gone)
    finally:
        recognizer.matcher = Matcher(gallery)


def expected_calibration_error(probabilities: list[float], right: list[bool], bins: int = 10) -> float:
    """ECE (arXiv 1706.04599): mean gap between confidence and accuracy over equal-width bins, weighted by count."""
    chance, truth = np.asarray(probabilities), np.asarray(right, float)
    place = np.minimum((chance * bins).astype(int), bins - 1)
    gaps = [
        (place == bin_).mean() * abs(chance[place == bin_].mean() - truth[place == bin_].mean())
        for bin_ in range(bins)
        if (place == bin_).any()
    ]
    return float(sum(gaps))
