"""Cardlens itself: the recognizer as it ships."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cardlens.benchmark.contender import LISTED, NOBODY, Candidate, Named, VectorContender
from cardlens.recognition.answer import Answer, Milliseconds
from cardlens.recognition.decision import Decider, Seen, Wanted
from cardlens.recognition.embedder import Description
from cardlens.recognition.matcher import Artwork, Matcher
from cardlens.recognition.picture import Picture
from cardlens.recognition.quad import Points
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.database import ReferenceDatabase
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.left_out import LeftOut

_TOP, _BLOCK = 5, 256


class Watched(Decider):
    """A decider that keeps what it was asked: `seen`, in the order of the answers."""

    def __init__(self, inner: Decider) -> None:
        self.inner = inner
        self.seen: list[Seen] = []

    def worth_reading(self, seen: Seen, height: float) -> Wanted | None:
        """As the inner one says."""
        return self.inner.worth_reading(seen, height)

    def decide(self, seen: Seen, top: int) -> Answer:
        """As the inner one does."""
        self.seen.append(seen)
        return self.inner.decide(seen, top)


@dataclass(frozen=True, slots=True)
class Described:
    """What the network says of a crop: `vector` (768,), `local` (14, 14, 16), None where the model has none."""

    vector: Floats
    local: Floats | None


class Whole(VectorContender):
    """Detector, embedder, database, parts, company, reading and calibrated decision: what `cardlens identify` runs.

    `spent`: milliseconds of each photo so far.
    """

    name = "cardlens"
    about = "the recognizer as it ships: detector, INT8 embedder, parts compared, company, reading, calibrated decision"
    says_probability = True

    def __init__(
        self, recognizer: Recognizer, database: ReferenceDatabase, blind: Callable[[Collection[str]], Recognizer]
    ) -> None:
        """`blind` opens the same recognizer on a database without some cards."""
        self.recognizer, self.card_ids = recognizer, tuple(database.card_ids)
        self.matrix = np.asarray(database.embeddings, np.float32)
        self.spent: list[Milliseconds] = []
        self._database = database
        self._blind = blind
        self._opened: dict[frozenset[str], tuple[Recognizer, Watched]] = {}

    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Nothing to learn: its database ships with it."""

    def find(self, photo: Bytes) -> list[Points]:
        """The detector's quads."""
        return [found.quad for found in self.recognizer.detector.find(photo)]

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(n, 768) float32."""
        return self.recognizer.embedder.embed(crops)

    def describe(self, crops: Sequence[Bytes]) -> list[Any]:
        """Vector and parts of each crop."""
        said = self.recognizer.embedder.describe(crops)
        return [
            Described(vector, None if said.local is None else said.local[at]) for at, vector in enumerate(said.vectors)
        ]

    def vector(self, description: Described) -> Floats:
        """What it is looked up by first."""
        return description.vector

    def rank(self, descriptions: Sequence[Any], without: Collection[str] = NOBODY) -> list[list[Candidate]]:
        """As the recognizer matches crops: the nearest by vector, compared by parts."""
        matcher = Matcher(LeftOut(self._database, without)) if without else self.recognizer.matcher
        blocks = (descriptions[at : at + _BLOCK] for at in range(0, len(descriptions), _BLOCK))
        return [_candidates(artworks) for block in blocks for artworks in matcher.match(_together(block))]

    def rank_by_vector(self, descriptions: Sequence[Any], without: Collection[str] = NOBODY) -> list[list[Candidate]]:
        """As if there were no parts to compare."""
        return super().rank([one.vector for one in descriptions], without)

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        """What the recognizer answers."""
        recognizer, watched = self._open(without)
        watched.seen = []
        picture = Picture(np.ascontiguousarray(photo), "photo", (photo.shape[1], photo.shape[0]))
        answer = recognizer.recognize(picture, _TOP)
        self.spent.append(answer.milliseconds)
        return [as_named(card, seen) for card, seen in zip(answer.cards, watched.seen, strict=True)]

    def decide(self, seen: Seen, without: Collection[str] = NOBODY) -> Named:
        """What the shipped decision makes of a quad that was seen so."""
        return as_named(self._open(without)[1].inner.decide(seen, _TOP), seen)

    def _open(self, without: Collection[str]) -> tuple[Recognizer, Watched]:
        gone = frozenset(without)
        if gone not in self._opened:
            recognizer = self._blind(gone) if gone else self.recognizer
            watched = Watched(recognizer.decider)
            recognizer.decider = watched
            self._opened[gone] = recognizer, watched
        return self._opened[gone]


def _together(descriptions: Sequence[Described]) -> Description:
    parts = [one.local for one in descriptions if one.local is not None]
    return Description(np.stack([one.vector for one in descriptions]), np.stack(parts) if parts else None)


def _candidates(artworks: Sequence[Artwork]) -> list[Candidate]:
    found = [Candidate(card_id, artwork.nearness) for artwork in artworks for card_id in artwork.printings]
    return found[:LISTED]


def as_named(answer: Answer, seen: Seen | None = None) -> Named:
    """An answer as the benchmark judges it."""
    return Named(
        np.asarray(answer.quad, np.float32),
        tuple(Candidate(one.card_id, one.probability) for one in answer.printings),
        answer.confidence,
        answer.artwork_confidence,
        answer.decision,
        seen,
    )
