"""What was said of single crops, as the report has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cardlens.benchmark import strangers
from cardlens.benchmark.contender import Contender, VectorContender
from cardlens.benchmark.crops import Query, Ranked, is_right, lists
from cardlens.benchmark.figures import HARD, LARGE, WIDE, by_slice, means
from cardlens.benchmark.material import Material
from cardlens.benchmark.strangers import Trials, background_level
from cardlens.runtimes.base import Floats

_LARGE = 120
# recall at so many
_K = (1, 5)


def crop_figures(queries: Sequence[Query], ranked: Sequence[Ranked], material: Material) -> dict[str, Any]:
    """R@1 and R@5 by slice, on large crops of held-out cards, and where everything is hard at once.

    `r1`, `r5`: of the artwork; `printing_r1`, `printing_r5`: of the very printing, which a crop of a tie cannot tell.
    """
    pairs = list(zip(queries, ranked, strict=True))
    right = {f"r{among}": [is_right(material, q.subject.card_id, one.whole, among) for q, one in pairs] for among in _K}
    right |= {f"printing_r{among}": [lists(q.subject.card_id, one.whole, among) for q, one in pairs] for among in _K}
    plain = [at for at, query in enumerate(queries) if not query.hard]
    hard = [at for at, query in enumerate(queries) if query.hard]
    large = [at for at in plain if queries[at].subject.held_out and queries[at].subject.conditions.width >= _LARGE]
    subjects = [query.subject for query in queries]
    sliced = {name: [column[at] for at in plain] for name, column in right.items()}
    return {
        "slices": by_slice([subjects[at] for at in plain], sliced),
        LARGE: means(subjects, right, large),
        HARD: means(subjects, right, hard),
    }


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
    figures = {"score": strangers.figures(_trials(queries, ranked, material, dict.fromkeys(asked, 0.0)))}
    if isinstance(contender, VectorContender) and contender.scores and asked:
        vectors = np.stack([contender.vector(descriptions[at]) for at in asked])
        level = background_level(vectors, _background(contender, material))
        levels = dict(zip(asked, level.tolist(), strict=True))
        figures["normalised score"] = strangers.figures(_trials(queries, ranked, material, levels))
    return figures


def _background(contender: VectorContender, material: Material) -> Floats:
    """Rows of cards that no query shows: those of sets that were not held out."""
    held_out = material.folds[0].card_ids | material.folds[1].card_ids
    return contender.matrix[[card_id not in held_out for card_id in contender.card_ids]]


def _trials(
    queries: Sequence[Query], ranked: Sequence[Ranked], material: Material, levels: Mapping[int, float]
) -> Trials:
    known, right, others = [], [], []
    for at, level in levels.items():
        mine, theirs = ranked[at].known or [], ranked[at].stranger or []
        known.append(mine[0].score - level if mine else -np.inf)
        right.append(is_right(material, queries[at].subject.card_id, mine))
        others.append(theirs[0].score - level if theirs else -np.inf)
    return Trials(known, right, others, [queries[at].subject.card_id for at in levels] * 2)
