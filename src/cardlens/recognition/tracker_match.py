"""Which of the cards found now is which of the cards followed so far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cardlens.recognition.quad import Points, area, iou, middle

# below this overlap a card is only taken for the same if it lies near and is about as large
_OVERLAP = 0.15
_NEAR, _AS_LARGE = 0.5, 1.7


def pairs(expected: Sequence[Points], found: Sequence[Points]) -> list[tuple[int, int]]:
    """Pair quads that should be the same card, the likeliest first, none twice: (place in expected, in found).

    Greedy: cards lie beside each other, and hardly any may be taken for two others.
    """
    likely = [
        (score, one, other)
        for one, there in enumerate(expected)
        for other, here in enumerate(found)
        if (score := alike(there, here)) > 0
    ]
    matched: list[tuple[int, int]] = []
    ones: set[int] = set()
    others: set[int] = set()
    for _, one, other in sorted(likely, key=lambda pair: -pair[0]):
        if one not in ones and other not in others:
            matched.append((one, other))
            ones.add(one)
            others.add(other)
    return matched


def alike(one: Points, other: Points) -> float:
    """How likely two quads are one card, 0..1: their overlap; less, where they only lie near."""
    sizes = np.sqrt(area(one)), np.sqrt(area(other))
    apart = float(np.linalg.norm(middle(one) - middle(other))) / max(*sizes, 1.0)
    if apart > 1.5:
        return 0.0
    overlap = iou(one, other)
    if overlap >= _OVERLAP:
        return overlap
    as_large = max(sizes) < _AS_LARGE * min(sizes)
    return _OVERLAP * (1 - apart / _NEAR) if as_large and apart < _NEAR else 0.0
