from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cardlens.training.arcface import SubcentreArcFace


def unit(count: int, seed: int) -> Tensor:
    return functional.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)), dim=1)


def made(classes: int = 5, centres: int = 3, margin: float = 0.4) -> SubcentreArcFace:
    torch.manual_seed(3)
    return SubcentreArcFace(classes, 6, centres, margin, 8.0)


def slow_loss(arcface: SubcentreArcFace, vectors: Tensor, classes: list[int]) -> float:
    centres = functional.normalize(arcface.centres.detach(), dim=1).view(5, 3, 6).tolist()
    losses = []
    for vector, own in zip(vectors.tolist(), classes, strict=True):
        logits = []
        for number, each in enumerate(centres):
            angle = min(math.acos(sum(a * b for a, b in zip(vector, centre, strict=True))) for centre in each)
            cosine = math.cos(angle + arcface.margin) if number == own else math.cos(angle)
            logits.append(arcface.scale * cosine)
        losses.append(math.log(sum(math.exp(logit) for logit in logits)) - logits[own])
    return sum(losses) / len(losses)


def test_is_the_slow_loop_that_anyone_can_read() -> None:
    arcface, vectors, classes = made(), unit(7, 1), [0, 1, 2, 3, 4, 0, 1]
    said = arcface(vectors, torch.tensor(classes))
    assert said.item() == pytest.approx(slow_loss(arcface, vectors, classes), abs=1e-4)


def test_of_a_class_only_the_nearest_centre_learns() -> None:
    arcface = made(classes=1, centres=3)
    vector = functional.normalize(arcface.centres.detach()[1:2] + 0.05, dim=1)
    arcface.scale = 1.0
    arcface.cosines(vector).sum().backward()  # type: ignore[no-untyped-call]
    assert arcface.centres.grad is not None
    assert arcface.centres.grad.abs().sum(dim=1).nonzero().flatten().tolist() == [1]


def test_a_wider_margin_asks_for_more() -> None:
    vectors, classes = unit(4, 2), torch.tensor([0, 1, 2, 3])
    losses = [made(margin=margin)(vectors, classes).item() for margin in (0.0, 0.2, 0.5)]
    assert losses == sorted(losses)
    assert losses[0] < losses[2]


def test_the_loss_grows_with_the_angle_all_the_way_round() -> None:
    arcface = made(classes=2, centres=1, margin=0.5)
    with torch.no_grad():
        arcface.centres.copy_(torch.eye(6)[[0, 2]])
    angles = torch.linspace(0, math.pi, 60)
    vectors = torch.stack([torch.cos(angles), torch.sin(angles), *[torch.zeros(60)] * 4], dim=1)
    losses = [arcface(vector[None], torch.tensor([0])).item() for vector in vectors]
    assert all(later > earlier - 1e-4 for earlier, later in pairwise(losses))


def test_centres_start_near_what_they_are_given_but_apart() -> None:
    arcface, wanted = made(), unit(5, 9) * 3
    arcface.start_from(wanted)
    apart = arcface.centres.detach().view(5, 3, 6)
    assert torch.equal(arcface.cosines(functional.normalize(wanted, dim=1)).argmax(dim=1), torch.arange(5))
    assert arcface.cosines(functional.normalize(wanted, dim=1)).diagonal().min() > 0.95
    assert (apart[:, 0] - apart[:, 1]).abs().sum(dim=1).min() > 1e-3


def test_a_gradient_is_finite_on_a_centre_and_opposite_to_it() -> None:
    arcface = made(classes=2, centres=1)
    for sign in (1, -1):
        vectors = (functional.normalize(arcface.centres.detach(), dim=1) * sign).requires_grad_()
        arcface(vectors, torch.tensor([0, 1])).backward()
        assert vectors.grad is not None
        assert torch.isfinite(vectors.grad).all()
