"""Finds every card in a photo, and which way up each lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from cardlens.recognition.aligner import CARD_IN_CROP, Aligned, Aligner
from cardlens.recognition.quad import CARD_ASPECT, Points, area, iou, resized, width
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, Runtime, prepare

# Long side of the photo in the looks that the network takes: nearer ones for smaller cards, and where nothing was found
FAR, NEAR, CLOSE = 320, 576, 1152
# a card narrower than this in the far look, in pixels, asks for the near one
_CLEAR = 48.0
# where so large a share of the cards is narrower than this in the near look, in pixels, the closer one is taken
_MANY_SMALL, _SMALL = 0.2, 40.0
# The width that the network places best, and how far from it, in powers of e, it is half as good
_BEST_WIDTH, _SPREAD = 90.0, 0.8
# pixels of the network's input for one cell of its maps
HEAT_STRIDE = 8
_LIKELY = 0.3
# two quads are one card if they overlap so much, or if so much of one lies within the other
SAME_CARD, _WITHIN = 0.35, 0.8
# how much longer a side may be than the one across, and the height than the width: cards are 1.4 times as high as wide
_TAPER, _FLATTEST, _TALLEST = 2.2, 0.6, 3.0
# what the aligner gives less than this is no card; and where the detector saw nothing
_CARD, _CERTAIN = 0.2, 0.9
# a card that was looked for at a place lies there where its score is so high
PLACED = 0.9


@dataclass(frozen=True, slots=True)
class Found:
    """A card: `quad` (4, 2) float32 in pixels of the picture, its own top left first; `score` 0..1."""

    quad: Points
    score: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """A card as one look saw it: the look's long side, and the card's width there, in pixels."""

    found: Found
    look: int
    width_seen: float

    @property
    def worth(self) -> float:
        """The score, less where the card is larger or smaller than the network places well."""
        off = math.log(max(self.width_seen, 1.0) / _BEST_WIDTH) / _SPREAD
        return self.found.score * math.exp(-math.log(2) * off * off)


class Detector:
    """Card centres and rough corners from one fully convolutional network in up to three looks, then the aligner."""

    def __init__(self, runtime: Runtime, spec: ModelSpec, aligner: Aligner, likely: float = _LIKELY) -> None:
        """`likely`: the lowest score that counts as a card, 0..1."""
        self._runtime, self._spec, self._aligner, self._likely = runtime, spec, aligner, likely

    def find(self, pixels: Bytes) -> list[Found]:
        """Find every card in (H, W, 3) uint8 RGB, surest first; an empty list where there is none."""
        near = _fitted(pixels, NEAR)
        far = _fitted(near, FAR) if max(near.shape) > FAR else near[:0]
        seen = self._look(far, pixels)
        found = _distinct(seen)
        if not found or min(card.width_seen for card in found) < _CLEAR:
            seen += self._look(near, pixels)
            found = _distinct(seen)
        small = [card.width_seen < _SMALL for card in found if card.look > FAR]
        if not found or sum(small) > _MANY_SMALL * len(found):
            found = _distinct([*seen, *self._look(_fitted(pixels, CLOSE), pixels)])
        asked, at_least = (found, _CARD) if found else (_frames(pixels), _CERTAIN)
        aligned = self._align(pixels, near, [card.found.quad for card in asked])
        cards = [
            replace(card, found=Found(one.quad, card.found.score * one.card))
            for card, one in zip(asked, aligned, strict=True)
            if one.card >= at_least
        ]
        return sorted((card.found for card in _distinct(cards)), key=lambda card: -card.score)

    def place(self, pixels: Bytes, quads: Sequence[Points]) -> list[Found]:
        """Cards that lie about at `quads` in (H, W, 3) uint8 RGB, if they do: their corners, and how surely so."""
        said = self._align(pixels, _fitted(pixels, NEAR), quads)
        return [Found(one.quad, one.card if _card_like(one.quad) else 0.0) for one in said]

    def _align(self, pixels: Bytes, near: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        """Place the corners: of large cards in the near look, which is as good and quicker to cut crops from."""
        scale = _ratio(near, pixels)
        aligned: dict[int, Aligned] = {}
        for photo, ratio, large in ((near, scale, True), (pixels, _ratio(pixels, pixels), False)):
            places = [
                place for place, quad in enumerate(quads) if (width(resized(quad, scale)) >= CARD_IN_CROP) == large
            ]
            said = self._aligner.align(photo, [resized(quads[place], ratio) for place in places])
            for place, one in zip(places, said, strict=True):
                aligned[place] = replace(one, quad=resized(one.quad, 1 / ratio))
        return [aligned[place] for place in range(len(quads))]

    def _look(self, fitted: Bytes, pixels: Bytes) -> list[_Seen]:
        """Find cards in the photo `pixels` by what `fitted`, the same at another size, shows; nothing in no rows."""
        if not len(fitted):
            return []
        heat, corners = self._runtime.run(prepare([_grown(fitted, self._spec.stride)], self._spec))
        ratio = _ratio(pixels, fitted)
        cards = peaks(heat[0, 0], corners[0], self._likely)
        look = max(fitted.shape)
        return [_Seen(Found(resized(card.quad, ratio), card.score), look, width(card.quad)) for card in cards]


def _frames(pixels: Bytes) -> list[_Seen]:
    """A card as large as the picture, upright and sideways: a close-up of a plain card may have no centre to see.

    These are questions to the aligner: only what it is certain of is found.
    """
    rows, columns = pixels.shape[:2]
    across = min(columns, rows / CARD_ASPECT), min(rows, columns / CARD_ASPECT)
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [1, CARD_ASPECT] / 2
    upright, sideways = half * across[0], half @ [[0, 1], [-1, 0]] * across[1]
    middle = np.array([columns - 1, rows - 1]) / 2
    quads = [np.asarray(quad + middle, np.float32) for quad in (upright, sideways)]
    return [_Seen(Found(quad, _LIKELY), FAR, _BEST_WIDTH) for quad in quads]


def _ratio(one: Bytes, other: Bytes) -> Points:
    """How much larger a picture is than another, (x, y)."""
    return np.array([one.shape[1] / other.shape[1], one.shape[0] / other.shape[0]], np.float32)


def _fitted(pixels: Bytes, longest: int) -> Bytes:
    """Resize a photo to a long side of `longest` pixels; small ones are enlarged to twice their size at most."""
    rows, columns = pixels.shape[:2]
    scale = min(longest / max(rows, columns), 2.0)
    size = (max(round(columns * scale), 1), max(round(rows * scale), 1))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))


def _grown(pixels: Bytes, stride: int) -> Bytes:
    """Grow a photo to whole strides, with the grey that normalisation takes for nothing."""
    rows, columns = pixels.shape[:2]
    whole = np.full((-(-rows // stride) * stride, -(-columns // stride) * stride, 3), 127, np.uint8)
    whole[:rows, :columns] = pixels
    return whole


def peaks(heat: Floats, corners: Floats, likely: float, stride: int = HEAT_STRIDE) -> list[Found]:
    """Read the network's maps: heat (g, g) in 0..1, corners (8, g, g) in pixels from each cell's middle.

    A card stands at every local maximum above `likely`; its corners are the mean, weighted by heat, of what the
    cells around say.
    """
    high, wide = heat.shape
    framed = np.pad(heat, 1)
    around = np.stack([framed[y : y + high, x : x + wide] for y in range(3) for x in range(3)])
    rows, columns = np.nonzero((heat >= likely) & (heat >= around.max(axis=0)))
    return [_read(heat, corners, int(row), int(column), stride) for row, column in zip(rows, columns, strict=True)]


def _read(heat: Floats, corners: Floats, row: int, column: int, stride: int) -> Found:
    top, left = max(row - 1, 0), max(column - 1, 0)
    weight = heat[top : row + 2, left : column + 2] ** 2
    said = corners[:, top : row + 2, left : column + 2]
    y, x = np.indices(weight.shape, dtype=np.float32)
    xs = said[0::2] + (x + left + 0.5) * stride - 0.5
    ys = said[1::2] + (y + top + 0.5) * stride - 0.5
    quad = (np.stack([xs, ys], axis=1) * weight).sum(axis=(2, 3)) / weight.sum()
    return Found(quad.astype(np.float32), float(heat[row, column]))


def _distinct(seen: Sequence[_Seen]) -> list[_Seen]:
    """Keep of those that are one card the one that was seen best."""
    kept: list[_Seen] = []
    for card in sorted(seen, key=lambda card: -card.worth):
        if _card_like(card.found.quad) and not any(_same(card.found.quad, other.found.quad) for other in kept):
            kept.append(card)
    return kept


def _card_like(quad: Points) -> bool:
    """Whether a card, seen from anywhere, may have these corners: convex, clockwise, of about its proportions."""
    along = np.roll(quad, -1, axis=0) - quad
    after = np.roll(along, -1, axis=0)
    turns = along[:, 0] * after[:, 1] - along[:, 1] * after[:, 0]
    top, right, bottom, left = np.linalg.norm(along, axis=1)
    if (
        (turns <= 0).any()
        or max(top, bottom) > _TAPER * min(top, bottom)
        or max(left, right) > _TAPER * min(left, right)
    ):
        return False
    return bool(_FLATTEST < (left + right) / (top + bottom) < _TALLEST)


def _same(one: Points, other: Points) -> bool:
    apart = one.max(axis=0) < other.min(axis=0)
    beyond = other.max(axis=0) < one.min(axis=0)
    if apart.any() or beyond.any():
        return False
    overlap = iou(one, other)
    shared = overlap * (area(one) + area(other)) / (1 + overlap)
    return overlap > SAME_CARD or shared > _WITHIN * min(area(one), area(other))
