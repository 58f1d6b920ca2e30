"""Places the corners of a card that was found, in a crop around it: near and far cards look alike there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.quad import Points, area, grown
from cardlens.recognition.raster import homography, move
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, Runtime, prepare

# The crop reaches so far beyond the quad, as a multiple of its size, and is so large, in pixels
REACH = 1.5
CROP_WIDTH, CROP_HEIGHT = 128, 176
# width of a card in its crop, in pixels
CARD_IN_CROP = CROP_WIDTH / REACH
# what lies outside the photo; normalisation takes it for nothing
_GREY = 127
_AT_ONCE = 8
# a card whose corners moved further at its first look, or at its second, is looked at again, as a share of its size
_SETTLED = (0.04, 0.1)
# what is less likely a card than this is not looked at again
_HOPELESS = 0.05


@dataclass(frozen=True, slots=True)
class Aligned:
    """`quad` (4, 2) float32 in pixels of the photo, the card's own top left first; `card` 0..1: that it is one."""

    quad: Points
    card: float


def surroundings(quad: Points) -> Points:
    """Return the quad that a crop shows: `quad` grown about the crossing of its diagonals."""
    return grown(quad, REACH)


def crop_around(pixels: Bytes, quad: Points) -> Bytes:
    """Cut out a card and what is around it: (176, 128, 3)."""
    return straighten(pixels, surroundings(quad), CROP_WIDTH, CROP_HEIGHT, beyond=_GREY)


def into_crop(points: Points, quad: Points) -> Points:
    """Take points (n, 2) of the photo to where the crop around `quad` shows them."""
    return move(points + 0.5, homography(surroundings(quad) + 0.5, _FRAME)) - 0.5


def from_crop(points: Points, quad: Points) -> Points:
    """Take points (n, 2) of the crop around `quad` back to the photo."""
    return move(points + 0.5, homography(_FRAME, surroundings(quad) + 0.5)) - 0.5


_FRAME = np.array([[0, 0], [CROP_WIDTH, 0], [CROP_WIDTH, CROP_HEIGHT], [0, CROP_HEIGHT]], np.float32)


class Aligner:
    """Corners from crops around cards, looked at again where they moved much."""

    def __init__(self, runtime: Runtime, spec: ModelSpec) -> None:
        """`spec` says how crops are normalised."""
        self._runtime, self._spec = runtime, spec

    def align(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        """Place the corners of cards found about at `quads` in (H, W, 3) uint8 RGB."""
        aligned = [Aligned(quad, 0.0) for quad in quads]
        unsettled = list(range(len(quads)))
        for settled in (*_SETTLED, np.inf):
            before = [aligned[place].quad for place in unsettled]
            after = self._look(pixels, before)
            for place, one in zip(unsettled, after, strict=True):
                aligned[place] = one
            unsettled = [
                place
                for place, old, new in zip(unsettled, before, after, strict=True)
                if _moved(old, new.quad) > settled and new.card > _HOPELESS
            ]
        return aligned

    def _look(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        aligned: list[Aligned] = []
        for at in range(0, len(quads), _AT_ONCE):
            part = quads[at : at + _AT_ONCE]
            corners, flipped, card = self._runtime.run(
                prepare([crop_around(pixels, quad) for quad in part], self._spec)
            )
            for index, quad in enumerate(part):
                placed = from_crop(corners[index].reshape(4, 2), quad)
                upright = np.roll(placed, 2, axis=0) if flipped[index, 0] > 0 else placed
                aligned.append(Aligned(upright, _chance(card[index])))
        return aligned


def _moved(old: Points, new: Points) -> float:
    """How far the farthest corner moved, as a share of the card's size; which corner is the first does not matter."""
    turned = (np.roll(new, 2, axis=0), new)
    far = min(float(np.linalg.norm(new - old, axis=1).max()) for new in turned)
    return far / max(float(np.sqrt(area(old))), 1.0)


def _chance(logit: Floats) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit[0], -30, 30))))
