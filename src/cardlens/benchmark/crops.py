"""Single crops, rendered: does the nearest card share the artwork?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from cardlens.benchmark.contender import CROP, Candidate, Contender
from cardlens.benchmark.material import Material
from cardlens.benchmark.subject import Subject
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.crops import ANYHOW, Wish, described_crop

# the hard slice: small, and everything at once
HARD = Wish(narrowest=60, widest=90, plastic=1.0, foil=1.0, shine=1.0)
# shares of the crops: of held-out cards, of pictures in other languages or from other sources, of any other card
_HELD_OUT, _VIEWS = 0.6, 0.2


@dataclass(frozen=True, slots=True)
class Query:
    """A crop (224, 224, 3) and the truth about it; `hard` where everything was asked for at once."""

    pixels: Bytes
    subject: Subject
    hard: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one contender said of one query: candidates from the whole gallery, best first.

    Of held-out cards also `known`, with the other held-out sets left out of the gallery, and `stranger`, with the
    card's own sets left out.
    """

    whole: list[Candidate]
    known: list[Candidate] | None = None
    stranger: list[Candidate] | None = None


def render_queries(material: Material, plain: int, hard: int, seed: int) -> list[Query]:
    """Render `plain` crops of all kinds of cards, and `hard` ones of held-out cards."""
    cv2.setNumThreads(1)
    held_out = set(material.held_out.rows)
    pools = [
        material.rows_of(lambda record: record.card_id in held_out),
        material.rows_of(lambda record: record.source != "scans"),
        material.rows,
    ]
    chances = [_HELD_OUT, _VIEWS, 1 - _HELD_OUT - _VIEWS]
    queries = []
    for number in track(range(plain + hard), "rendering crops", transient=True):
        rng = np.random.default_rng([seed, number])
        is_hard = number >= plain
        pool = pools[0] if is_hard else pools[int(rng.choice(len(pools), p=chances))]
        row = int(rng.choice(pool or material.rows))
        queries.append(_query(material, row, rng, HARD if is_hard else ANYHOW))
    return queries


def _query(material: Material, row: int, rng: np.random.Generator, wish: Wish) -> Query:
    scans = material.scans
    crop = described_crop(scans.pixels[row], rng, CROP, scans.pixels, material.grounds, wish)
    record = scans.records[row]
    subject = material.subject(record.card_id, record.source, crop.conditions)
    return Query(crop.pixels, subject, wish is HARD)


def rank_queries(
    contender: Contender, descriptions: Sequence[Any], queries: Sequence[Query], material: Material
) -> list[Ranked]:
    """Rank each query in the whole gallery, and with either half of the held-out sets left out of it."""
    whole = contender.rank(descriptions)
    by_fold = [contender.rank(descriptions, fold.card_ids) for fold in material.folds]
    ranked = []
    for at, query in enumerate(queries):
        own = material.fold_of(query.subject.card_id)
        roles = () if own is None else (by_fold[1 - own][at], by_fold[own][at])
        ranked.append(Ranked(whole[at], *roles))
    return ranked


def is_right(material: Material, truth: str, candidates: Sequence[Candidate], among: int = 1) -> bool:
    """Whether one of the first `among` artworks is the card's."""
    firsts: list[str] = []
    for candidate in candidates:
        if not any(material.same(candidate.card_id, other) for other in firsts):
            firsts.append(candidate.card_id)
        if len(firsts) == among:
            break
    return any(material.same(truth, first) for first in firsts)


def lists(card_id: str, candidates: Sequence[Candidate], among: int = 1) -> bool:
    """Whether one of the first `among` candidates is the very printing."""
    return any(candidate.card_id == card_id for candidate in candidates[:among])
