"""Millions of rows to search in: real ones first, then synthetic ones, as near to them as cards are to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cardlens.benchmark.growth import Gallery, distractors
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.files import DIMENSIONS, Vectors, read_array
from cardlens.runtimes.base import Floats

NEAREST = 5
# how similar a photo's crop is to its scan, in the median
ALIKE = 0.75
_CHUNK, _BLOCK, _MIXED = 50_000, 16_384, 12
# half precision: one picture twice
EQUAL = 1e-4

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is asked, and what comparing every row gives.

    Attributes:
        vectors: (n, 768) float32 unit vectors.
        rows: (n, NEAREST), the nearest rows, the best first.
    """

    vectors: Floats
    rows: npt.NDArray[np.intp]

    def recall(self, rows: Vectors, mine: npt.NDArray[np.intp]) -> tuple[float, float]:
        """Share of the nearest rows that are among (n, NEAREST) `mine`, and of the very nearest that come first.

        Rows as near as those that are owed count as they: several cards may have one picture.
        """
        near = [np.einsum("nkd,nd->nk", rows[of].astype(np.float32), self.vectors) for of in (self.rows, mine)]
        owed, got = near
        among = got >= owed.min(axis=1, keepdims=True) - EQUAL
        return float(among.mean()), float((got[:, 0] >= owed.max(axis=1) - EQUAL).mean())


def make_rows(database: ReferenceDatabase, count: int, file: Path, seed: int, progress: Progress) -> Vectors:
    """Write (count, 768) float16 unit vectors to `file`, chunk by chunk, and map them; a whole file is kept."""
    if file.exists() and len(rows := read_array(file, DIMENSIONS)) == count:
        return rows
    matrix = np.asarray(database.embeddings, np.float32)
    gallery = Gallery(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), _labels(database))
    aside = file.with_suffix(".writing")
    rows = np.lib.format.open_memmap(aside, "w+", np.float16, (count, DIMENSIONS))
    real = min(len(matrix), count)
    rows[:real] = gallery.matrix[:real]
    for at in range(real, count, _CHUNK):
        some = min(_CHUNK, count - at)
        rows[at : at + some] = distractors(gallery, some, seed + at)[0]
        progress(at + some, count)
    rows.flush()
    del rows
    aside.rename(file)
    return read_array(file, DIMENSIONS)


def ask(rows: Vectors, count: int, seed: int) -> Truth:
    """Draw rows, and move each away until its cosine is `ALIKE`: half at random, half towards a mixture of others."""
    rng = np.random.default_rng(seed)
    base = _unit(np.asarray(rows[np.sort(rng.choice(len(rows), count, replace=False))], np.float32))
    mixture = np.zeros_like(base)
    for weight in rng.normal(size=(_MIXED, count, 1)).astype(np.float32):
        mixture += np.asarray(rows[rng.integers(0, len(rows), count)], np.float32) * weight
    noise = rng.normal(size=base.shape).astype(np.float32)
    away = _unit(_across(_unit(_across(mixture, base)) + _unit(_across(noise, base)), base))
    vectors = np.asarray(ALIKE * base + np.sqrt(1 - ALIKE**2, dtype=np.float32) * away, np.float32)
    return Truth(vectors, every_row(rows, vectors))


def every_row(rows: Vectors, vectors: Floats) -> npt.NDArray[np.intp]:
    """(n, NEAREST): the nearest of all rows, compared block by block."""
    best = np.full((len(vectors), NEAREST), -2, np.float32)
    where = np.zeros((len(vectors), NEAREST), np.intp)
    for at in range(0, len(rows), _BLOCK):
        near = vectors @ np.asarray(rows[at : at + _BLOCK], np.float32).T
        top = np.argpartition(-near, min(NEAREST, near.shape[1] - 1), axis=1)[:, :NEAREST]
        best = np.concatenate([best, np.take_along_axis(near, top, axis=1)], axis=1)
        where = np.concatenate([where, top + at], axis=1)
        order = np.argsort(-best, axis=1, kind="stable")[:, :NEAREST]
        best, where = np.take_along_axis(best, order, axis=1), np.take_along_axis(where, order, axis=1)
    return where


def _labels(database: ReferenceDatabase) -> npt.NDArray[np.int64]:
    artworks: dict[str, int] = {}
    firsts = (database.printings(card_id)[0] for card_id in database.card_ids)
    return np.array([artworks.setdefault(first, len(artworks)) for first in firsts], np.int64)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _across(vectors: Floats, base: Floats) -> Floats:
    """What of each vector is at right angles to its base."""
    return np.asarray(vectors - (vectors * base).sum(axis=1, keepdims=True) * base, np.float32)
