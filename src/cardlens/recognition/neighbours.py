"""Where a card's corners may be, told by a card beside it: on a page or a table they lie alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.recognition.quad import Points, middle


def as_neighbour(quad: Points, sure: Sequence[Points]) -> Points:
    """The nearest of `sure` quads, of which there is one at least, moved to where `quad` has its middle."""
    here = middle(quad)
    nearest = min(sure, key=lambda other: float(np.linalg.norm(middle(other) - here)))
    return np.asarray(nearest - middle(nearest) + here, np.float32)
