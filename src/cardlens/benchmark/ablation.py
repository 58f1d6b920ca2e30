"""What each ingredient of the decision is worth, and what it costs: the decision made again without it.

Made from what the recognizer saw and read in the benchmark's photos. An ingredient is not simply silenced: the
calibration is fitted anew without it, on the cards of one half of the held-out sets, and judged on those of the other
half, so that what is left can make up for it as well as it can. "All, fitted anew" is what others are compared with;
"as shipped" has the calibration that ships.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from rich.progress import track

from cardlens.benchmark.contender import Named
from cardlens.benchmark.figures import WIDE
from cardlens.benchmark.ingredients import INGREDIENTS, Ingredient
from cardlens.benchmark.material import Material
from cardlens.benchmark.photo_figures import photo_reliability, photo_strangers
from cardlens.benchmark.photos import FOUND, PhotoFigures, Shown, add_answers
from cardlens.recognition.answer import Milliseconds
from cardlens.recognition.decision import Seen
from cardlens.recognition.quad import iou
from cardlens.recognition.sight import SightCalibration, Sighting
from cardlens.training.sight_calibration import Trial, fit, unchecked

Decide = Callable[[Seen, Collection[str]], Named]
SHIPPED, ALL, ALONE = "as shipped", "all, fitted anew", "similarity alone"
# photos whose work is done again to see what it costs
_TIMED = 40


@dataclass(frozen=True, slots=True)
class Looked:
    """One photo, without pixels, and what cardlens saw and said in it."""

    shown: Shown
    answers: list[Named]

    @property
    def seen(self) -> list[Seen]:
        """What the answers were decided from."""
        return [answer.seen for answer in self.answers if answer.seen is not None]


@dataclass(frozen=True, slots=True)
class _Variant:
    """A decision without some ingredients."""

    name: str
    off: tuple[Ingredient, ...]

    def sighting(self, seen: Seen) -> Sighting:
        """What is left of a sighting."""
        left = seen.sighting
        for ingredient in self.off:
            left = ingredient.without(left)
        return left

    def reads(self) -> bool:
        """Whether print still counts."""
        return not any(ingredient.unread for ingredient in self.off)


def ablation(
    photos: Sequence[Looked],
    spent: Sequence[Milliseconds],
    material: Material,
    decide: Decide,
    ingredients: Sequence[Ingredient] = INGREDIENTS,
) -> dict[str, Any]:
    """Figures of the decision as it ships, and without each ingredient; milliseconds a photo, `spent` on the photos."""
    shipped = PhotoFigures([], [])
    for number, photo in enumerate(photos):
        add_answers(shipped, material, photo.shown, photo.answers, number, locates=True)
    variants = [
        _Variant(ALL, ()),
        *(_Variant(f"without {one.name}", (one,)) for one in ingredients),
        _Variant(ALONE, tuple(ingredients)),
    ]
    rows = {SHIPPED: _figures(shipped)}
    for one in track(variants, "weighing ingredients", transient=True):
        rows[one.name] = _figures(_decided(one, photos, material, decide))
    return {
        "photos": len(photos),
        "about": {one.name: one.about for one in ingredients},
        "variants": rows,
        "timing": {one.name: _milliseconds(one, photos, spent) for one in ingredients},
    }


def _figures(figures: PhotoFigures) -> dict[str, Any]:
    wide = [one for one in figures.asked if one.subject.conditions.width >= WIDE and not one.stranger]
    strangers, sure = photo_strangers(figures.asked), photo_reliability(figures, unfitted=False)["artwork"]
    kept = ("micro_ap", "micro_ap_interval", "named_at_95", "named_at_95_interval", "named_at_98")
    return {
        "known": len(wide),
        "r1": round(float(np.mean([one.likeliest for one in wide])), 5) if wide else None,
        **{name: strangers.get(name) for name in kept},
        "decided": strangers["decided"],
        "ece": sure["ece"],
        "ece_interval": sure["ece_interval"],
        "aurc": sure["aurc"],
    }


def _decided(variant: _Variant, photos: Sequence[Looked], material: Material, decide: Decide) -> PhotoFigures:
    """Fit on either half, judge on the other."""
    trials = [list(_trials(variant, number, photo, material)) for number, photo in enumerate(photos)]
    fitted = [_fitted([trial for each in trials for half, trial in each if half != judged]) for judged in (0, 1)]
    figures = PhotoFigures([], [])
    for number, photo in enumerate(photos):
        gone = material.folds[photo.shown.fold].card_ids
        answers = []
        for seen, (half, trial) in zip(photo.seen, trials[number], strict=True):
            left = replace(
                seen,
                sighting=trial.sighting,
                probability=fitted[half].probability(trial.sighting),
                reading=seen.reading if variant.reads() else None,
            )
            answers.append(decide(left, gone))
        add_answers(figures, material, photo.shown, answers, number, locates=True)
    return figures


def _trials(variant: _Variant, number: int, photo: Looked, material: Material) -> Iterator[tuple[int, Trial]]:
    """Each sighting with the truth about it, and the half that it belongs to: that of its card, else of its photo."""
    for seen in photo.seen:
        left, card_id = variant.sighting(seen), _card_at(photo.shown, seen)
        own = material.fold_of(card_id) if card_id else None
        right = card_id is not None and bool(left.artworks) and card_id in left.artworks[0].printings
        yield number % 2 if own is None else own, Trial(left, right and own != photo.shown.fold)


def _card_at(shown: Shown, seen: Seen) -> str | None:
    overlaps = [iou(seen.quad, card.quad) for card in shown.scene.cards]
    best = int(np.argmax(overlaps)) if overlaps else -1
    return shown.card_ids[best] if best >= 0 and overlaps[best] >= FOUND else None


def _fitted(trials: Sequence[Trial]) -> SightCalibration:
    """None is fitted where all of them are right, or none is: then nothing is ever sure."""
    plain = [replace(trial, sighting=unchecked(trial.sighting)) for trial in trials if trial.sighting.artworks]
    checked = [trial for trial in trials if trial.sighting.checked]
    return SightCalibration(*(fit(told) if len({one.right for one in told}) == 2 else {} for told in (plain, checked)))


def _milliseconds(ingredient: Ingredient, photos: Sequence[Looked], spent: Sequence[Milliseconds]) -> float:
    """Mean a photo."""
    if ingredient.stage is not None:
        return round(float(np.mean([getattr(one, ingredient.stage) for one in spent])), 3) if spent else 0.0
    if ingredient.work is None:
        return 0.0
    some = [photo.seen for photo in photos[:_TIMED] if photo.seen]
    started = time.perf_counter()
    for seen in some:
        ingredient.work(seen)
    return round((time.perf_counter() - started) * 1000 / max(len(some), 1), 3)
