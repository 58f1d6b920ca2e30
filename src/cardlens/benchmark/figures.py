"""From judged answers to the tables of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cardlens.benchmark.bootstrap import estimate
from cardlens.benchmark.contender import Contender, VectorContender
from cardlens.benchmark.crops import Query, Ranked, is_right
from cardlens.benchmark.material import Material
from cardlens.benchmark.photos import FOUND, FOUND_WELL, Asked, PhotoFigures
from cardlens.benchmark.reliability import as_json as reliability_json
from cardlens.benchmark.strangers import (
    Trials,
    background_level,
    curve,
    micro_average_precision,
    named_share,
    threshold_at,
)
from cardlens.benchmark.subject import Subject, slices
from cardlens.benchmark.targets import HARD, LARGE
from cardlens.runtimes.base import Floats
from cardlens.training.sight_calibration import FITTED_SETS
from cardlens.training.split import set_of

Table = dict[str, dict[str, Any]]
# cards narrower than this are not asked to be told from strangers
WIDE = 90
_LARGE = 120
_RECALL = 0.95


def by_slice(subjects: Sequence[Subject], values: Mapping[str, Sequence[bool]]) -> Table:
    """Mean and interval of each of `values`, for every slice of the subjects."""
    table: Table = {}
    for one in slices(subjects):
        inside = [at for at, subject in enumerate(subjects) if one.holds(subject)]
        cards = [subjects[at].card_id for at in inside]
        means = {name: estimate([column[at] for at in inside], cards) for name, column in values.items()}
        table[one.name] = {name: mean.as_json() for name, mean in means.items() if mean}
    return table


def crop_figures(queries: Sequence[Query], ranked: Sequence[Ranked], material: Material) -> dict[str, Any]:
    """R@1 and R@5 by slice, on large crops of held-out cards, and where everything is hard at once."""
    right = {
        f"r{among}": [
            is_right(material, query.subject.card_id, one.whole, among)
            for query, one in zip(queries, ranked, strict=True)
        ]
        for among in (1, 5)
    }
    plain = [at for at, query in enumerate(queries) if not query.hard]
    hard = [at for at, query in enumerate(queries) if query.hard]
    large = [at for at in plain if queries[at].subject.held_out and queries[at].subject.conditions.width >= _LARGE]
    subjects = [queries[at].subject for at in plain]
    return {
        "slices": by_slice(subjects, {name: [column[at] for at in plain] for name, column in right.items()}),
        LARGE: _means(queries, right, large),
        HARD: _means(queries, right, hard),
    }


def _means(queries: Sequence[Query], right: Mapping[str, Sequence[bool]], rows: Sequence[int]) -> dict[str, Any]:
    cards = [queries[at].subject.card_id for at in rows]
    means = {name: estimate([column[at] for at in rows], cards) for name, column in right.items()}
    return {name: mean.as_json() for name, mean in means.items() if mean}


def crop_strangers(
    contender: Contender,
    descriptions: Sequence[Any],
    queries: Sequence[Query],
    ranked: Sequence[Ranked],
    material: Material,
) -> dict[str, Any]:
    """Known cards against strangers by score, and by score less that of the nearest background cards."""
    asked = [
        at
        for at, query in enumerate(queries)
        if ranked[at].stranger is not None and not query.hard and query.subject.conditions.width >= WIDE
    ]
    figures = {"score": _stranger_figures(_trials(queries, ranked, material, dict.fromkeys(asked, 0.0)))}
    if isinstance(contender, VectorContender) and asked and isinstance(descriptions[0], np.ndarray):
        level = background_level(np.stack([descriptions[at] for at in asked]), _background(contender, material))
        levels = dict(zip(asked, level.tolist(), strict=True))
        figures["normalised score"] = _stranger_figures(_trials(queries, ranked, material, levels))
    return figures


def _background(contender: VectorContender, material: Material) -> Floats:
    """Rows of cards that no query shows: those of sets that were not held out."""
    strangers = material.folds[0].card_ids | material.folds[1].card_ids
    return contender.matrix[[card_id not in strangers for card_id in contender.card_ids]]


def _trials(
    queries: Sequence[Query], ranked: Sequence[Ranked], material: Material, levels: Mapping[int, float]
) -> Trials:
    known, right, strangers = [], [], []
    for at, level in levels.items():
        mine, others = ranked[at].known or [], ranked[at].stranger or []
        known.append(mine[0].score - level if mine else -np.inf)
        right.append(is_right(material, queries[at].subject.card_id, mine))
        strangers.append(others[0].score - level if others else -np.inf)
    return Trials(known, right, strangers)


def _stranger_figures(trials: Trials) -> dict[str, Any]:
    share = named_share(trials, _RECALL) if trials.known else None
    return {
        "known": len(trials.known),
        "strangers": len(trials.strangers),
        "micro_ap": round(micro_average_precision(trials), 5) if trials.known else None,
        "named_at_95": None if share is None else round(share, 5),
        "curve": curve(trials) if trials.known else [],
    }


def photo_figures(figures: PhotoFigures, contender: Contender) -> dict[str, Any]:
    """Detection, names and confidence of whole photos."""
    known = [one for one in figures.asked if not one.stranger]
    subjects = [one.subject for one in known]
    names = {
        "r1": [one.likeliest for one in known],
        "r5": [one.listed for one in known],
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
        "printing, found and 90 px and wider": _printing(known),
        "strangers": photo_strangers(figures.asked),
        "reliability": _reliability(figures) if contender.says_probability else {},
    }


def _printing(known: Sequence[Asked]) -> dict[str, Any] | None:
    wide = [one for one in known if one.found and one.subject.conditions.width >= WIDE]
    mean = estimate([one.printing_right for one in wide], [one.subject.card_id for one in wide])
    return mean.as_json() if mean else None


def photo_trials(asked: Sequence[Asked], *, of: str = "found") -> Trials:
    """Confidence in the artwork of known cards and strangers of 90 px and more: of those found, or of all in sight."""
    wide = [one for one in asked if one.subject.conditions.width >= WIDE and (one.found or of == "all")]
    known = [one for one in wide if not one.stranger]
    # a stranger may be named rightly all the same, by the text on it: that is no offence
    strangers = [one.artwork_confidence for one in wide if one.stranger and not one.likeliest]
    return Trials([one.artwork_confidence for one in known], [one.likeliest for one in known], strangers)


def photo_strangers(asked: Sequence[Asked]) -> dict[str, Any]:
    """The curve, where the line lies at 95 % recall, and the shares at the shipped decision."""
    trials = photo_trials(asked)
    wide = [one for one in asked if one.subject.conditions.width >= WIDE and one.found]
    known, strangers = [one for one in wide if not one.stranger], [one for one in wide if one.stranger]
    line = threshold_at(trials, _RECALL) if trials.known else None
    everything = named_share(photo_trials(asked, of="all"), _RECALL) if trials.known else None
    return {
        **_stranger_figures(trials),
        "line_at_95": None if line is None else round(line, 5),
        "named_at_95_of_all_in_sight": None if everything is None else round(everything, 5),
        "decided": {
            "known_named_right": _share([one.right for one in known]),
            "known_named_wrong": _share([one.named and not one.right for one in known]),
            "strangers_named": _share([one.named and not one.right for one in strangers]),
        },
    }


def _share(values: Sequence[bool]) -> float | None:
    return round(float(np.mean(values)), 5) if values else None


def _reliability(figures: PhotoFigures) -> dict[str, Any]:
    """Of answers on cards whose sets did not fit the calibration, and on what is no card."""
    said = [one for one in figures.said if one.card_id is None or set_of(one.card_id) not in FITTED_SETS]
    return {
        "printing": reliability_json([one.confidence for one in said], [one.right for one in said]),
        "artwork": reliability_json([one.artwork_confidence for one in said], [one.artwork_right for one in said]),
    }
