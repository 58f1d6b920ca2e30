"""Shares by slice: what tables of crops and of photos have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cardlens.benchmark.bootstrap import estimate
from cardlens.benchmark.subject import Subject, slices

Table = dict[str, dict[str, Any]]
# cards narrower than this are not asked to be told from strangers
WIDE = 90
# crops that are looked at apart from the slices
LARGE = "held-out, 120 px and wider"
HARD = "hard: 60-90 px, glare, foil and sleeve"


def by_slice(subjects: Sequence[Subject], values: Mapping[str, Sequence[bool]]) -> Table:
    """Mean and interval of each of `values`, for every slice of the subjects."""
    return {
        one.name: means(subjects, values, [at for at, subject in enumerate(subjects) if one.holds(subject)])
        for one in slices(subjects)
    }


def means(subjects: Sequence[Subject], values: Mapping[str, Sequence[bool]], rows: Sequence[int]) -> dict[str, Any]:
    """Mean and interval of each of `values` over some of the subjects."""
    cards = [subjects[at].card_id for at in rows]
    found = {name: estimate([column[at] for at in rows], cards) for name, column in values.items()}
    return {name: mean.as_json() for name, mean in found.items() if mean}
