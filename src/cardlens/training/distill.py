"""The losses by which a student learns from a teacher's vectors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def cosine_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """Mean of 1 - cosine, which for unit vectors is half the squared error of FitNets (arXiv 1412.6550).

    Args:
        student: (n, d) unit vectors.
        teacher: (n, d) unit vectors, what the student's are to become.

    Returns:
        Scalar in 0..2.
    """
    return (1 - (student * teacher).sum(dim=1)).mean()


def similarity_divergence(student: Tensor, teacher: Tensor, bank: Tensor, temperature: float) -> Tensor:
    """SEED (arXiv 2101.04731, equations 2 to 5): a card is to be as like every other as the teacher finds it.

    As there, both are compared with the teacher's vectors. Unlike there, the bank is no queue but holds all training
    scans, and one temperature serves both sides: a student that equals its teacher then has no loss left.

    Args:
        student: (n, d) unit vectors.
        teacher: (n, d) unit vectors of the same cards.
        bank: (m, d) unit vectors of the teacher.
        temperature: divides the cosines.

    Returns:
        Scalar: mean over n of the Kullback-Leibler divergence of the two softmaxes over the bank.
    """
    wanted = functional.log_softmax(teacher @ bank.T / temperature, dim=1)
    said = functional.log_softmax(student @ bank.T / temperature, dim=1)
    return functional.kl_div(said, wanted, reduction="batchmean", log_target=True)


def relational_distance(student: Tensor, teacher: Tensor) -> Tensor:
    """RKD-D (arXiv 1904.05068, equations 6 to 8): distances between cards, in parts of their mean, as the teacher's.

    Args:
        student: (n, d).
        teacher: (n, e): any other dimension is fine.

    Returns:
        Scalar: Huber loss, mean over all pairs.
    """
    return functional.smooth_l1_loss(_distances(student), _distances(teacher))


def relational_angle(student: Tensor, teacher: Tensor) -> Tensor:
    """RKD-A (arXiv 1904.05068, equations 9 to 11): angles in triangles of cards, as the teacher's.

    Args:
        student: (n, d).
        teacher: (n, e): any other dimension is fine.

    Returns:
        Scalar: Huber loss of their cosines, mean over all n³ triples.
    """
    return functional.smooth_l1_loss(_angles(student), _angles(teacher))


def _distances(vectors: Tensor) -> Tensor:
    """(n, d) -> (n, n), divided by the mean over different pairs."""
    squares = (vectors[:, None] - vectors[None]).square().sum(dim=2)
    # the root has no gradient at 0
    distances = squares.clamp(min=1e-12).sqrt() * ~torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    return distances / distances[distances > 0].mean()


def _angles(vectors: Tensor) -> Tensor:
    """(n, d) -> (n, n, n): cosine of the angle at the first card between the second and the third."""
    rays = functional.normalize(vectors[None] - vectors[:, None], dim=2)
    return rays @ rays.transpose(1, 2)
