"""How far a mean may be off by chance: bootstrap over cards, since pictures of one card are not independent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
_SEED = 11


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `count` observations and its 95 % percentile interval (Efron and Tibshirani 1993, 13.3)."""

    value: float
    low: float
    high: float
    count: int

    def as_json(self) -> dict[str, Any]:
        """The object that goes into the report."""
        return {name: round(value, 5) for name, value in asdict(self).items()}


@lru_cache(maxsize=4)
def _drawn(cards: int) -> npt.NDArray[np.int64]:
    """How often each card is drawn in each resample: the same for every figure of as many cards."""
    return np.random.default_rng(_SEED).multinomial(cards, np.full(cards, 1 / cards), RESAMPLES)


def estimate(values: Sequence[float] | Sequence[bool], cards: Sequence[str]) -> Estimate | None:
    """Mean of `values` (n,) with an interval from drawing whole cards anew; None where there are no values."""
    if not len(values):
        return None
    numbers = {card: number for number, card in enumerate(dict.fromkeys(cards))}
    places = np.array([numbers[card] for card in cards])
    sums = np.bincount(places, np.asarray(values, float))
    counts = np.bincount(places)
    drawn = _drawn(len(sums))
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), len(values))
