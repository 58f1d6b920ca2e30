"""Cardlens itself: the recognizer as it ships."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from cardlens.benchmark.contender import NOBODY, Candidate, Named, VectorContender
from cardlens.recognition.answer import Answer
from cardlens.recognition.picture import Picture
from cardlens.recognition.quad import Points
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.database import ReferenceDatabase
from cardlens.runtimes.base import Bytes, Floats


class Whole(VectorContender):
    """Detector, embedder, database, company, reading and calibrated decision: what `cardlens identify` runs."""

    name = "cardlens"
    about = "the recognizer as it ships: detector, INT8 embedder, company, reading, calibrated decision"
    says_probability = True

    def __init__(
        self, recognizer: Recognizer, database: ReferenceDatabase, blind: Callable[[Collection[str]], Recognizer]
    ) -> None:
        """`blind` opens the same recognizer on a database without some cards."""
        self.recognizer, self.card_ids = recognizer, tuple(database.card_ids)
        self.matrix = np.asarray(database.embeddings, np.float32)
        self._blind = blind
        self._opened: dict[frozenset[str], Recognizer] = {NOBODY: recognizer}

    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Nothing to learn: its database ships with it."""

    def find(self, photo: Bytes) -> list[Points]:
        """The detector's quads."""
        return [found.quad for found in self.recognizer.detector.find(photo)]

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(n, 768) float32."""
        return self.recognizer.embedder.embed(crops)

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        """What the recognizer answers."""
        gone = frozenset(without)
        if gone not in self._opened:
            self._opened[gone] = self._blind(gone)
        picture = Picture(np.ascontiguousarray(photo), "photo", (photo.shape[1], photo.shape[0]))
        return [_named(card) for card in self._opened[gone].recognize(picture).cards]


def _named(answer: Answer) -> Named:
    candidates = tuple(Candidate(one.card_id, one.probability) for one in answer.printings)
    return Named(
        np.asarray(answer.quad, np.float32),
        candidates,
        answer.confidence,
        answer.artwork_confidence,
        answer.decision,
    )
