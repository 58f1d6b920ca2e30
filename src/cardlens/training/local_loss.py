"""The loss of the local descriptors: parts of a card that look alike, wherever glare or an edge hides the rest."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from cardlens.recognition.local import ALIKE, REACH, STEEP

# of the softmax over cards: of counts, and of single parts
_SCALE, _PART_TEMPERATURE = 20.0, 0.1


def local_contrast(places: Tensor, labels: Tensor) -> Tensor:
    """Contrast cards by how many of their parts agree, and part by part.

    Late interaction (ColBERT, arXiv 2004.12832) between cells that lie in about the same place: an agreement is the
    best cosine within one cell, as `recognition.local` counts it.

    Args:
        places: (n, d, h, w) descriptors, not normalised; the second half shows the cards of the first half again.
        labels: (n,) artwork of each picture.

    Returns:
        Scalar: InfoNCE of the first half against the second, of the counts and (half as much) of every part alone.
    """
    units = functional.normalize(places, dim=1)
    half = len(units) // 2
    best = _best_nearby(units[:half], units[half:])
    same = labels[:half, None] == labels[None, half:]
    counts = torch.sigmoid((best - ALIKE) * STEEP).mean(dim=0) * _SCALE
    return _contrast(counts, same) + 0.5 * _contrast(best / _PART_TEMPERATURE, same[None])


def _best_nearby(ones: Tensor, others: Tensor) -> Tensor:
    """(n, d, h, w) and (m, d, h, w) unit descriptors -> (h * w, n, m): best cosine within `REACH` cells."""
    high, wide = ones.shape[2:]
    cells = ones.permute(2, 3, 0, 1).reshape(high * wide, len(ones), -1)
    padded = functional.pad(others, (REACH,) * 4)
    cosines = []
    for down in range(2 * REACH + 1):
        for right in range(2 * REACH + 1):
            moved = padded[:, :, down : down + high, right : right + wide]
            keys = moved.permute(2, 3, 1, 0).reshape(high * wide, -1, len(others))
            cosines.append(cells @ keys)
    return torch.stack(cosines).amax(dim=0)


def _contrast(logits: Tensor, same: Tensor) -> Tensor:
    """Mean of -log softmax over the last axis of what is the same; other cards are its only rivals."""
    positive = logits.masked_fill(~same, -torch.inf).logsumexp(dim=-1)
    return (logits.logsumexp(dim=-1) - positive).mean()
