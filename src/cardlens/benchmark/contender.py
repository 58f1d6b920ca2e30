"""The port between the benchmark and a method of naming cards. A new baseline is one small file in `contenders`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt

from cardlens.recognition.decision import Seen
from cardlens.recognition.quad import Points
from cardlens.recognition.raster import resize
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes, Floats

if TYPE_CHECKING:
    from cardlens.benchmark.contenders.whole import Whole

CROP = 224
# artworks that a ranking lists
LISTED = 10
# rows looked at to find them: a card may have several
_ROWS = 48
_BLOCK = 128

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A card that a crop may show; scores of one contender can be compared with each other."""

    card_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Named:
    """What is said of one place in a photo.

    Attributes:
        quad: (4, 2) where, the card's own top left first.
        candidates: best first; none where nothing is known.
        confidence: that the best candidate is the printing, `artwork_confidence` that it is the artwork.
        decision: as in `Answer`; contenders that always name say `printing`.
        seen: what cardlens decided this from; None of others.
    """

    quad: Points
    candidates: tuple[Candidate, ...]
    confidence: float
    artwork_confidence: float
    decision: Literal["printing", "artwork", "unknown"] = "printing"
    seen: Seen | None = None


class Contender(ABC):
    """A way of naming cards, told of the cards to be named by one flat picture each.

    Attributes:
        name: short, for tables.
        about: one line that says what it does.
        locates: whether it says where in the photo a card lies.
        says_probability: whether its confidence is meant as one.
    """

    name: ClassVar[str]
    about: ClassVar[str]
    locates: ClassVar[bool] = True
    says_probability: ClassVar[bool] = False

    @classmethod
    def beside(cls, ours: Whole) -> Self:  # noqa: ARG003 - for those that borrow from it
        """Open it as a baseline of `ours`."""
        return cls()

    @abstractmethod
    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Learn the cards that can be named: upright pictures (h, w, 3) uint8 RGB, one card id each."""

    @abstractmethod
    def describe(self, crops: Sequence[Bytes]) -> list[Any]:
        """Upright crops (224, 224, 3) -> one description each, of whatever kind `rank` takes."""

    @abstractmethod
    def rank(self, descriptions: Sequence[Any], without: Collection[str] = NOBODY) -> list[list[Candidate]]:
        """For each description the likeliest cards, best first, at most `LISTED`; as if `without` were not enrolled."""

    @abstractmethod
    def find(self, photo: Bytes) -> list[Points]:
        """Quads of what may be cards in (H, W, 3); which of the short edges is the top need not be known."""

    def confidence(self, best: Candidate) -> float:
        """How sure the best candidate is; the higher the surer."""
        return best.score

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        """Name what is in a photo: each quad one way up and the other, whichever matches better."""
        quads = self.find(photo)
        crops = [straighten(photo, quad, CROP, CROP) for quad in quads]
        turned = [np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops]
        ranked = self.rank(self.describe([*crops, *turned]), without) if quads else []
        named = []
        for at, quad in enumerate(quads):
            ways = [(quad, ranked[at]), (np.roll(quad, 2, axis=0), ranked[at + len(quads)])]
            seen, candidates = max(ways, key=lambda way: way[1][0].score if way[1] else -np.inf)
            sure = self.confidence(candidates[0]) if candidates else 0.0
            named.append(Named(seen, tuple(candidates), sure, sure))
        return named


class VectorContender(Contender):
    """A contender that turns crops into vectors and compares these by their dot product.

    `mixes`: whether a mixture of vectors could be a further card's, as synthetic distractors are; `scores`: whether
    candidates' scores are of vectors, so that how near any other card comes can be taken off.
    """

    mixes: ClassVar[bool] = True
    scores: ClassVar[bool] = True
    matrix: Floats
    card_ids: tuple[str, ...]

    @abstractmethod
    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(224, 224, 3) crops -> (n, d) float32 unit vectors."""

    def vector(self, description: Any) -> Floats:
        """The vector in a description, (d,)."""
        return np.asarray(description, np.float32)

    def enrol(self, pictures: Sequence[Bytes], card_ids: Sequence[str]) -> None:
        """Keep one vector a picture."""
        self.card_ids = tuple(card_ids)
        blocks = (pictures[at : at + _BLOCK] for at in range(0, len(pictures), _BLOCK))
        self.matrix = np.concatenate(
            [self.vectors([resize(picture, CROP, CROP) for picture in block]) for block in blocks]
        )

    def describe(self, crops: Sequence[Bytes]) -> list[Any]:
        """One vector a crop."""
        return list(self.vectors(crops)) if len(crops) else []

    def rank(self, descriptions: Sequence[Any], without: Collection[str] = NOBODY) -> list[list[Candidate]]:
        """Compare with every row."""
        if not len(descriptions):
            return []
        near = np.stack(descriptions).astype(np.float32) @ self.matrix.T
        near[:, [card_id in without for card_id in self.card_ids]] = -np.inf
        return [self._best(row) for row in near]

    def _best(self, near: npt.NDArray[np.float32]) -> list[Candidate]:
        rows = np.argpartition(-near, min(_ROWS, len(near) - 1))[:_ROWS]
        found: dict[str, Candidate] = {}
        for row in rows[np.argsort(-near[rows], kind="stable")]:
            if np.isfinite(near[row]):
                found.setdefault(self.card_ids[row], Candidate(self.card_ids[row], float(near[row])))
        return list(found.values())[:LISTED]
