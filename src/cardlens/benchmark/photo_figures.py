"""What was said of whole photos, as the report has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cardlens.benchmark import reliability, strangers
from cardlens.benchmark.contender import Contender
from cardlens.benchmark.figures import WIDE, by_slice, means
from cardlens.benchmark.photos import FOUND, FOUND_WELL, Asked, PhotoFigures, Said
from cardlens.benchmark.strangers import Trials, named_share, threshold_at
from cardlens.training.sight_calibration import FITTED_SETS
from cardlens.training.split import set_of

_RECALL = 0.95


def photo_figures(figures: PhotoFigures, contender: Contender) -> dict[str, Any]:
    """Detection, names and confidence of whole photos."""
    known = [one for one in figures.asked if not one.stranger]
    subjects = [one.subject for one in known]
    names = {
        "r1": [one.likeliest for one in known],
        "r5": [one.listed for one in known],
        "printing_r1": [one.printing_first for one in known],
        "printing_r5": [one.printing_listed for one in known],
        "named_right": [one.right for one in known],
        "printing_right": [one.printing_right for one in known],
    }
    found = {
        "found_0.5": [one.overlap >= FOUND for one in figures.asked],
        "found_0.8": [one.overlap >= FOUND_WELL for one in figures.asked],
    }
    return {
        "names": by_slice(subjects, names),
        "detection": by_slice([one.subject for one in figures.asked], found) if contender.locates else {},
        "printing": _printing(known),
        "strangers": photo_strangers(figures.asked),
        "reliability": photo_reliability(figures) if contender.says_probability else {},
    }


def _printing(known: Sequence[Asked]) -> dict[str, Any]:
    """Printing right, or rightly said to be tied: of the cards found that are wide, and of those of them named."""
    wide = [one for one in known if one.found and one.subject.conditions.width >= WIDE]
    subjects, right = [one.subject for one in wide], {"right": [one.printing_right for one in wide]}
    named = [at for at, one in enumerate(wide) if one.named]
    return {"found": means(subjects, right, range(len(wide))), "named": means(subjects, right, named)}


def photo_trials(asked: Sequence[Asked], *, of: str = "all") -> Trials:
    """Confidence in the artwork of known cards and strangers of 90 px and more: of all in sight, or of those found."""
    wide = [one for one in asked if one.subject.conditions.width >= WIDE and (one.found or of == "all")]
    known = [one for one in wide if not one.stranger]
    # a stranger may be named rightly all the same, by the text on it: that is no offence
    others = [one for one in wide if one.stranger and not one.likeliest]
    return Trials(
        [one.artwork_confidence for one in known],
        [one.likeliest for one in known],
        [one.artwork_confidence for one in others],
        [one.subject.card_id for one in (*known, *others)],
    )


def photo_strangers(asked: Sequence[Asked]) -> dict[str, Any]:
    """The curve, where the line lies at 95 % recall, and the shares at the shipped decision."""
    trials, found = photo_trials(asked), photo_trials(asked, of="found")
    wide = [one for one in asked if one.subject.conditions.width >= WIDE and one.found]
    known, others = [one for one in wide if not one.stranger], [one for one in wide if one.stranger]
    line = threshold_at(trials, _RECALL)
    share = named_share(found, _RECALL)
    return {
        **strangers.figures(trials),
        "line_at_95": None if line is None else round(line, 5),
        "named_at_95_of_those_found": None if share is None else round(share, 5),
        "decided": {
            "known_named_right": _share([one.right for one in known]),
            "known_named_wrong": _share([one.named and not one.right for one in known]),
            "strangers_named": _share([one.named and not one.right for one in others]),
        },
    }


def _share(values: Sequence[bool]) -> float | None:
    return round(float(np.mean(values)), 5) if values else None


def photo_reliability(figures: PhotoFigures, *, unfitted: bool = True) -> dict[str, Any]:
    """Of answers on cards and on what is no card; `unfitted`: only of artworks that did not fit the calibration."""
    said = [one for one in figures.said if not (unfitted and _fitted(one))]
    cards = [one.card_id or f"photo {one.photo}" for one in said]
    return {
        "printing": reliability.as_json([one.confidence for one in said], [one.right for one in said], cards),
        "artwork": reliability.as_json(
            [one.artwork_confidence for one in said], [one.artwork_right for one in said], cards
        ),
    }


def _fitted(said: Said) -> bool:
    """A tie with a card that fitted the calibration counts as fitted whichever of them lies there."""
    return any(set_of(card_id) in FITTED_SETS for card_id in said.tied)
