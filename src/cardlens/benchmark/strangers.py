"""Cards that the database does not have: can they be told from those that it has?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.benchmark.bootstrap import Rows, interval
from cardlens.runtimes.base import Floats

Doubles = npt.NDArray[np.float64]

RECALLS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99, 1.0)
# SSCD (arXiv 2202.10261, 4.4) takes the mean of the nearest backgrounds off the similarity
_BACKGROUNDS = 2


@dataclass(frozen=True, slots=True)
class Trials:
    """Scores of the best candidate of known cards, whether it is right, and scores of strangers.

    `cards`: which card each of the known, then of the strangers is; intervals draw these anew.
    """

    known: Sequence[float]
    right: Sequence[bool]
    strangers: Sequence[float]
    cards: Sequence[str] = ()

    def drawn(self, rows: Rows) -> Trials:
        """The trials of some rows of `cards`, each as often as it is named."""
        known, strangers = rows[rows < len(self.known)], rows[rows >= len(self.known)] - len(self.known)
        scores, right = np.asarray(self.known, float)[known], np.asarray(self.right, bool)[known]
        return Trials(scores.tolist(), right.tolist(), np.asarray(self.strangers, float)[strangers].tolist())


def micro_average_precision(trials: Trials) -> float:
    """µAP of ISC21 (arXiv 2106.09672, 3): all answers in one ranking, precision averaged over known cards.

    The slow way: walk down the ranking, and at each right answer note the share of right ones so far; a known card
    whose answer is wrong counts as 0.
    """
    scores = np.concatenate([trials.known, trials.strangers])
    right = np.concatenate([np.asarray(trials.right, bool), np.zeros(len(trials.strangers), bool)])
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    precision = hits / np.arange(1, len(order) + 1)
    return float(precision[right[order]].sum() / max(len(trials.known), 1))


def threshold_at(trials: Trials, recall: float) -> float | None:
    """The highest score at which `recall` of the known cards are still named right; None where too few ever are."""
    needed = int(np.ceil(recall * len(trials.known) - 1e-9))
    ordered = sorted((score for score, right in zip(trials.known, trials.right, strict=True) if right), reverse=True)
    return ordered[needed - 1] if 0 < needed <= len(ordered) else None


def named_share(trials: Trials, recall: float) -> float | None:
    """Share of strangers that are named where `recall` of the known cards are; None where that is out of reach."""
    threshold = threshold_at(trials, recall)
    if threshold is None or not len(trials.strangers):
        return None
    return float(np.mean(np.asarray(trials.strangers) >= threshold))


def figures(trials: Trials) -> dict[str, Any]:
    """Everything that the report shows of strangers, with intervals; None where a recall is out of reach."""
    if not trials.known:
        return {"known": 0, "strangers": len(trials.strangers), "micro_ap": None, "named_at_95": None, "curve": []}
    return {
        "known": len(trials.known),
        "strangers": len(trials.strangers),
        "micro_ap": round(micro_average_precision(trials), 5),
        "micro_ap_interval": _between(trials, micro_average_precision),
        **_at(trials, 0.95),
        **_at(trials, 0.98),
        "curve": curve(trials),
    }


def _at(trials: Trials, recall: float) -> dict[str, Any]:
    share, name = named_share(trials, recall), f"named_at_{recall * 100:.0f}"
    if share is None:
        return {name: None}

    def drawn_share(drawn: Trials) -> float:
        again = named_share(drawn, recall)
        return 1.0 if again is None else again  # out of reach: no line keeps any stranger out

    return {name: round(share, 5), f"{name}_interval": _between(trials, drawn_share)}


def _between(trials: Trials, of: Callable[[Trials], float]) -> list[float] | None:
    return interval(lambda rows: of(trials.drawn(rows)), trials.cards)


def curve(trials: Trials) -> list[dict[str, Any]]:
    """Share of strangers named by recall of known cards."""
    points = []
    for recall in RECALLS:
        share = named_share(trials, recall)
        points.append({"recall": recall, "strangers_named": None if share is None else round(share, 5)})
    return points


def background_level(vectors: Floats, background: Floats) -> Doubles:
    """How like (n, d) `vectors` are to the nearest of (m, d) background cards, which are none of those asked for."""
    near = np.sort(vectors @ background.T, axis=1)[:, -_BACKGROUNDS:]
    return np.asarray(near.mean(axis=1), np.float64)
