"""How far a mean may be off by chance: bootstrap over cards, since pictures of one card are not independent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000
# of figures that are no means, and so are worked out anew from each
_FEWER = 200
_SEED = 11

Rows = npt.NDArray[np.int64]


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
def _drawn(cards: int) -> Rows:
    """How often each card is drawn in each resample: the same for every figure of as many cards."""
    return np.random.default_rng(_SEED).multinomial(cards, np.full(cards, 1 / cards), RESAMPLES)


def _places(cards: Sequence[str]) -> Rows:
    """The number of each observation's card."""
    numbers = {card: number for number, card in enumerate(dict.fromkeys(cards))}
    return np.array([numbers[card] for card in cards], np.int64)


def estimate(values: Sequence[float] | Sequence[bool], cards: Sequence[str]) -> Estimate | None:
    """Mean of `values` (n,) with an interval from drawing whole cards anew; None where there are no values."""
    if not len(values):
        return None
    places = _places(cards)
    sums = np.bincount(places, np.asarray(values, float))
    counts = np.bincount(places)
    drawn = _drawn(len(sums))
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(sums.sum() / counts.sum()), float(low), float(high), len(values))


def interval(statistic: Callable[[Rows], float], cards: Sequence[str]) -> list[float] | None:
    """95 % interval of a figure that is no mean, from drawing whole cards anew; None without observations.

    `statistic` is given the rows that are drawn, some of them several times: rows of `cards`, which names the card of
    each observation.
    """
    if not len(cards):
        return None
    places = _places(cards)
    rows = np.arange(len(places))
    found = [statistic(np.repeat(rows, times[places])) for times in _drawn(int(places.max()) + 1)[:_FEWER]]
    low, high = np.percentile(found, [2.5, 97.5])
    return [round(float(low), 5), round(float(high), 5)]
