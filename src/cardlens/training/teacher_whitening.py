"""Where the teacher's projection starts: PCA whitening of the backbone's features (arXiv 1207.4708 for retrieval)."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Floats

# of the mean variance: what is added to each, so that directions of mere noise are not blown up
_RIDGE = 0.01


@torch.no_grad()
def start_head(head: nn.Linear, features: Floats, seed: int) -> None:
    """Set `head` to whiten `features`, (n, f) of scans: cards differ in all directions alike, then.

    The whitened space is turned at random into all of the head's dimensions, which changes no cosine and leaves none
    without gradient. The weights are scaled as a fresh layer's are; lengths mean nothing, outputs are normalised.

    Raises:
        CardlensError: fewer than two pictures that differ.
    """
    weight, bias = whitening(features)
    turned = _turn(head.out_features, len(weight), seed) @ weight
    scale = 1 / (np.sqrt(head.in_features) * np.sqrt((turned**2).mean()))
    head.weight.copy_(torch.from_numpy(turned * scale))
    head.bias.copy_(torch.from_numpy(_turn(head.out_features, len(bias), seed) @ bias * scale))


def whitening(features: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Weight (k, f) and bias (k,), float64: `features @ weight.T + bias` has mean 0 and (nearly) variance 1."""
    middle = features.mean(axis=0, dtype=np.float64)
    spread = (features - middle).astype(np.float64)
    variances, directions = np.linalg.eigh(spread.T @ spread / len(features))
    kept = variances > variances.max() * 1e-6
    if not variances.max() > 0:
        raise CardlensError(f"{len(features)} scans to learn from, all alike; the teacher needs scans of several cards")
    weight = directions[:, kept].T / np.sqrt(variances[kept] + _RIDGE * variances.mean())[:, None]
    return weight, -weight @ middle


def _turn(rows: int, columns: int, seed: int) -> np.ndarray:
    """(rows, columns) with orthonormal columns, or rows if those are fewer."""
    drawn = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    turn = np.linalg.qr(drawn)[0]
    return turn if rows >= columns else turn.T
