"""Where else a card's corners may be: for cards that were seen doubtfully.

Corners that are off by a few pixels move everything that is compared. Placed anew from other starts they are off
otherwise, and the mean of what is seen there is nearer to the card's own scan, and to no other's (test-time
augmentation; Krizhevsky, Sutskever and Hinton, NeurIPS 2012).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.recognition.detector import Found
from cardlens.recognition.quad import Points, grown, iou, turned_like
from cardlens.runtimes.base import Bytes

# the starts from which corners are placed anew: a card taken for larger, and for smaller, than it was
_STARTS = (1.15, 0.87)
# how surely a card must lie there, and how much of it where it was found
_PLACED, _SAME = 0.9, 0.5
# per cent of a colour's pixels that may be black and white after it was stretched; a plain picture stays plain
_ENDS, _LEAST_RANGE = (1, 99), 20.0

LOOKS = 1 + len(_STARTS)
"""Looks at each card, the first included."""


def starts(quad: Points) -> list[Points]:
    """Where to look for the corners of a card that was found at `quad`."""
    return [grown(quad, by) for by in _STARTS]


def views(quad: Points, placed: Sequence[Found]) -> list[Points]:
    """`LOOKS` quads of a card found at `quad`: itself, and what came of its `starts`, the same way up.

    Where nothing sure came of one, it is the first again.
    """
    sure = (turned_like(one.quad, quad) if one.score >= _PLACED else quad for one in placed)
    return [quad, *(other if iou(other, quad) >= _SAME else quad for other in sure)]


def stretched(crop: Bytes) -> Bytes:
    """A crop (h, w, 3) with the contrast that glare and coloured light took: each colour from dark to bright."""
    low, high = np.percentile(crop[::2, ::2], _ENDS, axis=(0, 1))
    return np.asarray(np.clip((crop - low) / np.maximum(high - low, _LEAST_RANGE) * 255, 0, 255), np.uint8)
