"""Where else a card's corners may be: for cards that were seen doubtfully.

Corners that are off by a few pixels move everything that is compared. Placed anew from other starts they are off
otherwise, and the mean of what is seen there is nearer to the card's own scan, and to no other's (test-time
augmentation; Krizhevsky, Sutskever and Hinton, NeurIPS 2012).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.recognition.detector import PLACED, Detector, Found
from cardlens.recognition.quad import Points, grown, iou, turned_like
from cardlens.runtimes.base import Bytes

# the starts from which corners are placed anew: a card taken for larger, and for smaller, than it was
_STARTS = (1.15, 0.87)
# how much of a card must lie where it was found
_SAME = 0.5
# per cent of a colour's pixels that may be black and white after it was stretched; a plain picture stays plain
_ENDS, _LEAST_RANGE = (1, 99), 20.0


def views(detector: Detector, pixels: Bytes, quads: Sequence[Points]) -> list[list[Points]]:
    """Of each card found in (H, W, 3) at one of `quads`: that quad, and where else it may lie, the same way up.

    All have as many. Where nothing sure came of a start, it is the first quad again.
    """
    placed = iter(detector.place(pixels, [grown(quad, by) for quad in quads for by in _STARTS]))
    return [[quad, *(_or_else(next(placed), quad) for _ in _STARTS)] for quad in quads]


def _or_else(placed: Found, quad: Points) -> Points:
    other = turned_like(placed.quad, quad)
    return other if placed.score >= PLACED and iou(other, quad) >= _SAME else quad


def stretched(crop: Bytes) -> Bytes:
    """A crop (h, w, 3) with the contrast that glare and coloured light took: each colour from dark to bright."""
    low, high = np.percentile(crop[::2, ::2], _ENDS, axis=(0, 1))
    return np.asarray(np.clip((crop - low) / np.maximum(high - low, _LEAST_RANGE) * 255, 0, 255), np.uint8)
