"""Baseline: the recipe that cardlens replaces: the whole frame is the card, and half the distance is the doubt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Self

import numpy as np

from cardlens.benchmark.contender import CROP, NOBODY, Candidate, Named, VectorContender
from cardlens.benchmark.contenders.whole import Whole
from cardlens.recognition.quad import Points
from cardlens.recognition.raster import resize
from cardlens.runtimes.base import Bytes, Floats


class WholeFrame(VectorContender):
    """The frame resized to the embedder's input; `1 - d / 2`, d the cosine distance, said to be a confidence.

    Its embedder is ours, which is more than the recipe had.
    """

    name = "whole frame, 1 - d/2"
    about = "the whole frame resized, our embedder, 1 - d/2 as confidence: the recipe that cardlens replaces"
    locates = False
    says_probability = True

    def __init__(self, ours: Whole) -> None:
        """Use the embedder and the database of `ours`."""
        self._embedder = ours.recognizer.embedder
        self.matrix, self.card_ids = ours.matrix, ours.card_ids

    @classmethod
    def beside(cls, ours: Whole) -> Self:
        """With our embedder."""
        return cls(ours)

    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Nothing to learn: the database has the same cards."""

    def find(self, photo: Bytes) -> list[Points]:
        """The frame's own corners."""
        rows, columns = photo.shape[:2]
        return [np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], np.float32)]

    def confidence(self, best: Candidate) -> float:
        """`1 - d / 2` with the cosine distance d = 1 - similarity."""
        return 1 - (1 - best.score) / 2

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(n, 768) float32."""
        return self._embedder.embed(crops)

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        """One answer a photo, whatever is in it."""
        [candidates] = self.rank(self.describe([resize(photo, CROP, CROP)]), without)
        sure = self.confidence(candidates[0]) if candidates else 0.0
        return [Named(self.find(photo)[0], tuple(candidates), sure, sure)]
