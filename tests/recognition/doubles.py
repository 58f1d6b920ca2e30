"""Test doubles of the main path: models that know the answer, a gallery of a few rows, a reader that was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.recognition.aligner import Aligned, Aligner
from cardlens.recognition.detector import CLOSE, FAR, NEAR
from cardlens.recognition.quad import Points, iou
from cardlens.recognition.reader import Reader
from cardlens.recognition.reading import Reading
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.training.detector_targets import targets
from cardlens.training.simulator.scenes import SeenCard

PLAIN = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
DETECTOR_SPEC = ModelSpec("knowing", "detect", 512, 512, *PLAIN, stride=32, digest="d" * 64)
EMBEDDER_SPEC = ModelSpec("colours", "embed", 64, 64, *PLAIN, stride=1, digest="e" * 64)


def maps_of(quads: Sequence[Points], size: int) -> tuple[Floats, Floats]:
    """Heat (1, g, g) and corners (8, g, g) as training asks for them.

    Where training asks for no corners, a network goes on as it does beside: so do these maps.
    """
    cards = [SeenCard(quad, 0, 1.0) for quad in quads]
    heat, _, corners, weight = targets(cards, size)
    y, x = np.mgrid[0 : size // 8, 0 : size // 8] * np.float32(8) + np.float32(3.5)
    closest = np.full(x.shape, np.inf)
    for quad in quads:
        far = np.hypot(*(np.stack([x, y]) - quad.mean(axis=0)[:, None, None]))
        beside = (weight[0] == 0) & (far < closest)
        closest[beside] = far[beside]
        corners[0::2, beside] = quad[:, :1] - x[beside]
        corners[1::2, beside] = quad[:, 1:] - y[beside]
    return heat, corners


class KnowingDetector:
    """A detector's network that was told where the cards of a photo, (width, height) pixels, are."""

    def __init__(self, quads: Sequence[Points], photo: tuple[int, int]) -> None:
        self._quads, self._photo = quads, photo
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: Floats) -> list[Floats]:
        """Maps of the cards, as the network was asked to draw them in training."""
        self.shapes.append(batch.shape)
        rows, columns = batch.shape[2] // 8, batch.shape[3] // 8
        maps = maps_of([self._fitted(quad, batch.shape[2:]) for quad in self._quads], max(batch.shape[2:]))
        return [np.ascontiguousarray(part[None, :, :rows, :columns]) for part in maps]

    def _fitted(self, quad: Points, shape: tuple[int, ...]) -> Points:
        """The quad in pixels of the look that gives an input of this shape."""
        for longest in (FAR, NEAR, CLOSE):
            scale = min(longest / max(self._photo), 2.0)
            size = [max(round(side * scale), 1) for side in self._photo]
            if (-(-size[1] // 32) * 32, -(-size[0] // 32) * 32) == shape:
                ratio = np.array([size[0] / self._photo[0], size[1] / self._photo[1]])
                return np.asarray((quad + 0.5) * ratio - 0.5, np.float32)
        raise AssertionError(f"an input of {shape} is no look at a photo of {self._photo}")


class ContentAligner(Aligner):
    """An aligner that takes every card to be where it was found, `card` likely; those in `none` are none."""

    def __init__(self, none: Sequence[Points] = (), card: float = 1.0) -> None:
        self._none, self._card = none, card
        self.asked: list[Points] = []

    def align(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        self.asked += quads
        gone = [any(iou(quad, other) > 0.5 for other in self._none) for quad in quads]
        return [Aligned(quad, 0.0 if none else self._card) for quad, none in zip(quads, gone, strict=True)]


class ColourNetwork:
    """An embedder's network that only looks at colours: 16 x 16 cells of RGB are 768 numbers."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, 64, 64) -> (n, 768), not normalised."""
        self.batches.append(len(batch))
        cells = batch.reshape(len(batch), 3, 16, 4, 16, 4).mean(axis=(3, 5))
        return [(cells - cells.mean(axis=(1, 2, 3), keepdims=True)).reshape(len(batch), 768)]


@dataclass(frozen=True)
class FewRows:
    """Search results."""

    rows: npt.NDArray[np.intp]
    similarities: Floats


def random_parts(count: int, seed: int = 0) -> Floats:
    """Local descriptors of cards that have nothing in common, (count, 14, 14, 16)."""
    parts = np.random.default_rng(seed).normal(size=(count, 14, 14, 16))
    return np.asarray(parts / np.linalg.norm(parts, axis=3, keepdims=True), np.float32)


class SmallGallery:
    """A reference database of a few rows in memory; every row is compared."""

    def __init__(
        self,
        card_ids: Sequence[str],
        vectors: Floats | None = None,
        groups: Sequence[tuple[str, ...]] = (),
        languages: Sequence[str] | None = None,
        packed: Bytes | None = None,
    ) -> None:
        self.packed = packed
        self.card_ids = card_ids
        self.languages: Sequence[str] = languages or ["en"] * len(card_ids)
        self._vectors = np.zeros((len(card_ids), 768), np.float32) if vectors is None else vectors
        self._groups = {card_id: group for group in groups for card_id in group}

    def search(self, vectors: Floats, k: int) -> FewRows:
        similarities = vectors @ self._vectors.T
        rows = np.argsort(-similarities, axis=1, kind="stable")[:, :k]
        return FewRows(rows, np.take_along_axis(similarities, rows, axis=1))

    def local(self, rows: Sequence[int]) -> Bytes | None:
        return None if self.packed is None else self.packed[list(rows)]

    def metadata(self, card_id: str) -> Mapping[str, Any]:
        set_id, _, number = card_id.rpartition("-")
        return {"name": f"Card {number}", "set_id": set_id, "set_name": f"Set {set_id}", "number": number}

    def printings(self, card_id: str) -> tuple[str, ...]:
        return self._groups.get(card_id, (card_id,))


class ToldReader(Reader):
    """A reader that was told what stands on every card; it keeps what it was asked."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.asked: list[tuple[tuple[int, ...], Points]] = []

    def read(self, pixels: Bytes, quad: Points, *, number_only: bool = False) -> Reading:
        self.asked.append((pixels.shape, quad))
        return replace(self._reading, names=(), hp=None, banner=None) if number_only else self._reading
