"""Is a confidence a probability, and what does it cost to answer less often?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.benchmark.bootstrap import interval

_BINS = 10
# of a curve, as it is shown
_POINTS = 60

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one confidence: mean confidence, share that is right, how many."""

    confidence: float
    accuracy: float
    count: int


def reliability(confidences: Sequence[float] | Doubles, right: Sequence[bool] | Flags) -> list[Bin]:
    """The bins of a reliability diagram, of equal width; empty ones are left out."""
    sure, truth = np.asarray(confidences, float), np.asarray(right, float)
    place = np.clip((sure * _BINS).astype(int), 0, _BINS - 1)
    return [
        Bin(float(sure[place == number].mean()), float(truth[place == number].mean()), int((place == number).sum()))
        for number in range(_BINS)
        if (place == number).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """ECE (arXiv 1706.04599): mean gap between confidence and accuracy, weighted by count; None without answers."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total if total else None


def risk_coverage(confidences: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """(coverage, risk) with the surest answers first (arXiv 1705.08500): share answered, share of these that is wrong.

    Answers equally sure are taken together; no order among them means anything.
    """
    if not len(confidences):
        return []
    order = np.argsort(-np.asarray(confidences), kind="stable")
    sure, wrong = np.asarray(confidences)[order], ~np.asarray(right, bool)[order]
    ends = np.flatnonzero(np.append(np.diff(sure) != 0, True))
    taken = np.arange(1, len(sure) + 1)
    return [(float(taken[end] / len(sure)), float(wrong[: end + 1].sum() / taken[end])) for end in ends]


def area_under_risk(points: Sequence[tuple[float, float]]) -> float:
    """AURC: the mean risk over all coverages, each step as wide as the coverage it adds."""
    widths = np.diff([0.0, *(coverage for coverage, _ in points)])
    return float(sum(width * risk for width, (_, risk) in zip(widths, points, strict=True)))


def as_json(confidences: Sequence[float], right: Sequence[bool], cards: Sequence[str] = ()) -> dict[str, Any]:
    """Everything that the report shows of a confidence; `cards` says whose answers they are, for the interval."""
    bins = reliability(confidences, right)
    sure, truth = np.asarray(confidences, float), np.asarray(right, bool)
    error, points = calibration_error(bins), risk_coverage(confidences, right)
    shown = points[:: -max(len(points) // _POINTS, 1)][::-1]  # the last one, with nothing left out, always
    return {
        "answers": len(confidences),
        "ece": None if error is None else round(error, 5),
        "ece_interval": interval(lambda rows: calibration_error(reliability(sure[rows], truth[rows])) or 0.0, cards),
        "bins": [[round(one.confidence, 4), round(one.accuracy, 4), one.count] for one in bins],
        "aurc": round(area_under_risk(points), 5) if points else None,
        "risk_coverage": [[round(coverage, 4), round(risk, 4)] for coverage, risk in shown],
    }
