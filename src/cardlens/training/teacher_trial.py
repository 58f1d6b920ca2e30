"""How well the teacher tells cards apart: photos of held-out cards against all scans (R@1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.simulator.crops import described_crop
from cardlens.training.simulator.scans import Scans
from cardlens.training.split import Split

_SEED = 2026
# of each picture of a held-out card
_PHOTOS = 2
_LARGE, _SMALL = 120, 90
Labels = np.ndarray[Any, np.dtype[np.int64]]
Recall = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class TeacherTrial:
    """Photos whose cards are known, to be found among one scan a card, as a reference database has it.

    Attributes:
        photos: each (size, size, 3) uint8, as a detector would cut it out.
        wanted: (n,) the artwork of each.
        widths: (n,) how wide each card was in its photo, in pixels.
        views: (n,) bool: another picture of the card was photographed than its scan: another language, another copy.
        rows: (g,) which scans are the gallery.
        shown: (g,) their artworks.
    """

    photos: list[Bytes]
    wanted: Labels
    widths: Floats
    views: np.ndarray[Any, np.dtype[np.bool_]]
    rows: list[int]
    shown: Labels

    @classmethod
    def make(cls, scans: Scans, split: Split, grounds: list[Bytes], size: int) -> TeacherTrial:
        """Photograph every picture of every card that measures; always the same photos."""
        gallery = [row for row, record in enumerate(scans.records) if record.source == "scans"]
        measuring = set(split.measuring)
        asked = [row for row, record in enumerate(scans.records) if record.card_id in measuring for _ in range(_PHOTOS)]
        rng = np.random.default_rng(_SEED)
        crops = [described_crop(scans.pixels[row], rng, size, scans.pixels, grounds) for row in asked]
        return cls(
            [crop.pixels for crop in crops],
            _artworks(scans, split, asked),
            np.array([crop.conditions.width for crop in crops], np.float32),
            np.array([scans.records[row].source != "scans" for row in asked], np.bool_),
            gallery,
            _artworks(scans, split, gallery),
        )

    def recall(self, scans: Floats, photos: Floats) -> Recall:
        """Share of photos whose nearest scan has their artwork, of all and by kind; empty kinds are left out.

        Args:
            scans: (m, d), of any length: all scans, of which `rows` are compared with.
            photos: (n, d): what `self.photos` look like.
        """
        nearest = (_unit(photos) @ _unit(scans[self.rows]).T).argmax(axis=1)
        right = self.shown[nearest] == self.wanted
        kinds = {
            "all": np.ones_like(self.views),
            f"{_LARGE} px and wider": self.widths >= _LARGE,
            f"under {_SMALL} px": self.widths < _SMALL,
            "other pictures than the scan": self.views,
        }
        return {kind: round(float(right[which].mean()), 4) for kind, which in kinds.items() if which.any()}


def _artworks(scans: Scans, split: Split, rows: list[int]) -> Labels:
    return np.array([split.labels[scans.records[row].card_id] for row in rows], np.int64)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
