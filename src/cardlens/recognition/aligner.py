"""Places the corners of a card that was found, in a crop around it: near and far cards look alike there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.recognition.quad import Points, middle
from cardlens.recognition.raster import homography, move
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes

# The crop reaches so far beyond the quad, as a multiple of its size, and is so large, in pixels
REACH = 1.5
CROP_WIDTH, CROP_HEIGHT = 128, 176
# what lies outside the photo; normalisation takes it for nothing
_GREY = 127


def surroundings(quad: Points) -> Points:
    """Return the quad that a crop shows: `quad` grown about the crossing of its diagonals."""
    centre = middle(quad)
    return np.asarray(centre + (quad - centre) * REACH, np.float32)


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
