"""Does the answer stay right when the database grows? Synthetic distractors stand for the cards that are missing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.progress import track

from cardlens.reference.nearest import build_index, search_index
from cardlens.runtimes.base import Floats

_BLOCK, _SAMPLE, _STEPS, _NEAREST = 8192, 600, 12, 8
# of so many cards is a mixture made, and so far may a distractor be moved along it, as a multiple of a card's length
_MIXED, _FURTHEST = 12, 8.0

Labels = npt.NDArray[np.int64]
Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """Real rows: `matrix` (m, d) float32 unit vectors, and `labels` (m,), equal where rows share an artwork."""

    matrix: Floats
    labels: Labels


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What is looked up: `vectors` (n, d) float32 unit vectors, and `labels` (n,) as the gallery has them."""

    vectors: Floats
    labels: Labels


def distractors(gallery: Gallery, count: int, seed: int) -> tuple[Half, float]:
    """(count, d) float16 unit vectors that lie to the gallery as its cards lie to each other; and how near that is.

    Each is a real card moved along a random mixture of others; how far, is chosen so that the median distractor is as
    similar to its nearest real card as the median real card is to its nearest other.
    """
    rng = np.random.default_rng(seed)
    wanted = _nearest_other(gallery, rng)
    near, far = 0.0, _FURTHEST
    for _ in range(_STEPS):
        middle = (near + far) / 2
        made = _moved(gallery.matrix, np.random.default_rng(seed + 1), _SAMPLE, middle)
        near, far = (middle, far) if _level(made, gallery.matrix) > wanted else (near, middle)
    blocks = [
        _moved(gallery.matrix, rng, min(_BLOCK, count - at), (near + far) / 2).astype(np.float16)
        for at in range(0, count, _BLOCK)
    ]
    return np.concatenate([np.zeros((0, gallery.matrix.shape[1]), np.float16), *blocks]), wanted


def _moved(matrix: Floats, rng: np.random.Generator, count: int, share: float) -> Floats:
    base = matrix[rng.integers(0, len(matrix), count)]
    weights = rng.normal(size=(count, _MIXED)).astype(np.float32)
    mixture = np.zeros_like(base)
    for rows, weight in zip(rng.integers(0, len(matrix), (_MIXED, count)), weights.T, strict=True):
        mixture += matrix[rows] * weight[:, None]
    moved = base + np.float32(share) * mixture / np.linalg.norm(mixture, axis=1, keepdims=True)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)


def _level(vectors: Floats, matrix: Floats) -> float:
    return float(np.median((vectors @ matrix.T).max(axis=1)))


def _nearest_other(gallery: Gallery, rng: np.random.Generator) -> float:
    """Median similarity of a row to the nearest of another artwork."""
    rows = rng.choice(len(gallery.matrix), min(_SAMPLE, len(gallery.matrix)), replace=False)
    near = gallery.matrix[rows] @ gallery.matrix.T
    near[gallery.labels[rows][:, None] == gallery.labels[None]] = -1
    return float(np.median(near.max(axis=1)))


def right_among(gallery: Gallery, more: Half, asked: Asked) -> npt.NDArray[np.bool_]:
    """Whether the nearest of all rows, real and not, shares the artwork; every row is compared."""
    own = asked.vectors @ gallery.matrix.T
    best = own.max(axis=1)
    right: npt.NDArray[np.bool_] = gallery.labels[own.argmax(axis=1)] == asked.labels
    for at in range(0, len(more), _BLOCK):
        block = more[at : at + _BLOCK].astype(np.float32)
        right &= (asked.vectors @ block.T).max(axis=1) <= best
    return right


def measure_growth(
    gallery: Gallery, asked: Asked, sizes: Sequence[int], indexed: Sequence[int], seed: int
) -> list[dict[str, Any]]:
    """R@1 by number of rows, every row compared; at the `indexed` sizes also by the index that databases have."""
    figures = []
    for size in track([len(gallery.matrix), *sizes], "growing the gallery", transient=True):
        more, level = distractors(gallery, max(size - len(gallery.matrix), 0), seed)
        right = right_among(gallery, more, asked)
        figure = {"rows": size, "r1": round(float(right.mean()), 5), "nearest_other": round(level, 4)}
        figures.append(figure | (_by_index(gallery, more, asked, right) if size in indexed else {}))
    return figures


def _by_index(gallery: Gallery, more: Half, asked: Asked, right: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """How often the index comes to the same verdict, its size, and its time for one vector on one thread."""
    rows = np.concatenate([gallery.matrix.astype(np.float16), more])
    index = build_index(rows)
    started = time.perf_counter()
    singles = [asked.vectors[at : at + 1] for at in range(len(asked.vectors))]
    first = np.array([search_index(index, rows, single, _NEAREST, 1).rows[0, 0] for single in singles])
    spent = (time.perf_counter() - started) * 1000 / len(first)
    real = first < len(gallery.labels)
    said = real & (gallery.labels[np.where(real, first, 0)] == asked.labels)
    return {
        "index_agrees": round(float((said == right).mean()), 5),
        "timing": {"index_milliseconds": round(spent, 3), "index_megabytes": round(index.memory_usage / 1e6, 1)},
    }
