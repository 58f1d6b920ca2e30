"""The losses of the networks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def contrastive(
    queries: Tensor, labels: Tensor, bank: Tensor, bank_labels: Tensor, temperature: float, margin: float = 0.0
) -> Tensor:
    """InfoNCE with several positives (SupCon, arXiv 2004.11362) against the batch and a bank of scans.

    Args:
        queries: (n, d) unit vectors; each label occurs at least twice among them.
        labels: (n,) artwork of each query.
        bank: (m, d) unit vectors of all training scans, without gradient.
        bank_labels: (m,) artwork of each bank row; rows of the query's own artwork are positives, never negatives.
        temperature: divides the cosines.
        margin: taken off the cosines of positives (CosFace, arXiv 1801.09414): strangers then stay further away.

    Returns:
        Scalar: the mean over queries of the mean over positives of -log(positive / (positive + all negatives)).
    """
    keys = torch.cat([queries, bank])
    key_labels = torch.cat([labels, bank_labels])
    logits = queries @ keys.T / temperature
    same = labels[:, None] == key_labels[None]
    itself = torch.zeros_like(same)
    itself.fill_diagonal_(fill_value=True)
    negatives = torch.logsumexp(logits.masked_fill(same, -torch.inf), dim=1, keepdim=True)
    positive = same & ~itself
    each = functional.softplus(negatives - logits + margin / temperature)
    return ((each * positive).sum(dim=1) / positive.sum(dim=1).clamp(min=1)).mean()


def heat_loss(logits: Tensor, target: Tensor, care: Tensor) -> Tensor:
    """Penalty-reduced focal loss of CenterNet (arXiv 1904.07850, equation 1), per card of each scene.

    Scenes count alike: one large card is worth as much as a display of sixty.

    Args:
        logits: (n, 1, h, w).
        target: (n, 1, h, w) in 0..1, 1 at card centres, Gaussian around them.
        care: (n, 1, h, w), 0 where a card is too hidden to be asked for.
    """
    chance = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    centre = (target >= 0.999).float()
    hit = centre * (1 - chance) ** 2 * torch.log(chance)
    miss = (1 - centre) * (1 - target) ** 4 * chance**2 * torch.log(1 - chance)
    scenes = (1, 2, 3)
    return (-((hit + miss) * care).sum(dim=scenes) / centre.sum(dim=scenes).clamp(min=1)).mean()


def corner_loss(corners: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean distance of corners in parts of the card's size (L1: of two readings, it settles on the likelier).

    Scenes with cards count alike.

    Args:
        corners: (n, 8, h, w) offsets in pixels.
        target: (n, 8, h, w) true offsets.
        weight: (n, 1, h, w): 1 / size of the card in pixels where asked, 0 elsewhere.
    """
    scenes = (1, 2, 3)
    cells = (weight > 0).sum(dim=scenes)
    off = (corners - target).abs().mean(dim=1, keepdim=True)
    apart: Tensor = (off * weight).sum(dim=scenes) / cells.clamp(min=1)
    return apart.sum() / (cells > 0).sum().clamp(min=1)
