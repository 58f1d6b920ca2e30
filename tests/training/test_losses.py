from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from cardlens.training.losses import contrastive, corner_loss, heat_loss


def unit(count: int, seed: int) -> Tensor:
    return functional.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)), dim=1)


def slow_contrastive(queries: Tensor, labels: Tensor, bank: Tensor, bank_labels: Tensor, temperature: float) -> float:
    keys = [*queries.tolist(), *bank.tolist()]
    key_labels = [*labels.tolist(), *bank_labels.tolist()]
    each_query = []
    for at, query in enumerate(queries.tolist()):
        strength = [math.exp(sum(a * b for a, b in zip(query, key, strict=True)) / temperature) for key in keys]
        own = key_labels[at]
        negatives = sum(value for value, label in zip(strength, key_labels, strict=True) if label != own)
        positives = [place for place, label in enumerate(key_labels) if label == own and place != at]
        each = [-math.log(strength[place] / (strength[place] + negatives)) for place in positives]
        each_query.append(sum(each) / len(each))
    return sum(each_query) / len(each_query)


@pytest.mark.parametrize("temperature", [0.05, 0.5])
def test_contrastive_is_what_the_slow_loop_says(temperature: float) -> None:
    labels, bank_labels = torch.tensor([3, 5, 9, 3, 5, 9]), torch.tensor([3, 5, 9, 7, 3])
    given = unit(6, 0), labels, unit(5, 1), bank_labels, temperature
    assert float(contrastive(*given)) == pytest.approx(slow_contrastive(*given), rel=1e-4)


def test_tied_printings_are_never_pushed_apart() -> None:
    """A bank row of the query's own artwork may be anywhere: moving it only ever attracts."""
    queries, labels = unit(2, 0), torch.tensor([1, 1])
    bank = queries[:1].clone().requires_grad_()
    loss = contrastive(queries, labels, torch.cat([bank, unit(1, 3)]), torch.tensor([1, 2]), 0.1)
    torch.autograd.backward(loss)
    assert bank.grad is not None
    assert float((bank.grad @ queries.sum(dim=0)).sum()) < 0


def test_a_perfect_embedding_costs_next_to_nothing() -> None:
    vectors = torch.eye(4)
    labels = torch.arange(4)
    loss = contrastive(vectors.repeat(2, 1), labels.repeat(2), vectors, labels, 0.05)
    assert float(loss) < 1e-6


def random_maps(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    random = np.random.default_rng(seed)
    logits = torch.from_numpy(random.normal(-1, 2, (2, 1, 5, 6)))
    target = torch.from_numpy(random.uniform(0, 0.9, (2, 1, 5, 6)))
    target[0, 0, 1, 2] = target[0, 0, 4, 4] = 1
    return logits, target, torch.from_numpy((random.random((2, 1, 5, 6)) > 0.2).astype(float))


def slow_heat(logits: Tensor, target: Tensor, care: Tensor) -> float:
    scenes = []
    for scene in range(len(logits)):
        total, cards = 0.0, 0
        for row in range(logits.shape[2]):
            for column in range(logits.shape[3]):
                p = 1 / (1 + math.exp(-float(logits[scene, 0, row, column])))
                p = min(max(p, 1e-4), 1 - 1e-4)
                wanted = float(target[scene, 0, row, column])
                if wanted >= 0.999:
                    cards += 1
                    cost = -((1 - p) ** 2) * math.log(p)
                else:
                    cost = -((1 - wanted) ** 4) * p**2 * math.log(1 - p)
                total += cost * float(care[scene, 0, row, column])
        scenes.append(total / max(cards, 1))
    return sum(scenes) / len(scenes)


@pytest.mark.parametrize("seed", range(3))
def test_the_heat_loss_is_what_the_slow_loop_says(seed: int) -> None:
    maps = random_maps(seed)
    assert float(heat_loss(*maps)) == pytest.approx(slow_heat(*maps), rel=1e-6)


def test_what_is_not_cared_for_costs_nothing() -> None:
    logits, target, _ = random_maps(0)
    assert float(heat_loss(logits, target, torch.zeros_like(target))) == 0


def slow_corners(corners: Tensor, target: Tensor, weight: Tensor) -> float:
    scenes = []
    kinds = weight.shape[1]
    for scene in range(len(corners)):
        total, cells = 0.0, 0
        for kind in range(kinds):
            channels = range(kind * 8 // kinds, (kind + 1) * 8 // kinds)
            for row in range(corners.shape[2]):
                for column in range(corners.shape[3]):
                    part = float(weight[scene, kind, row, column])
                    if part > 0:
                        off = [
                            abs(float(corners[scene, c, row, column] - target[scene, c, row, column])) for c in channels
                        ]
                        total += part * sum(off) / len(off)
                        cells += 1
        if cells:
            scenes.append(total / cells)
    return sum(scenes) / max(len(scenes), 1)


def test_the_corner_loss_is_what_the_slow_loop_says() -> None:
    random = np.random.default_rng(1)
    corners, target = (torch.from_numpy(random.normal(0, 20, (3, 8, 4, 5))) for _ in range(2))
    weight = torch.from_numpy(random.uniform(0.01, 0.1, (3, 1, 4, 5)) * (random.random((3, 1, 4, 5)) > 0.6))
    weight[1] = 0  # a scene without cards
    assert float(corner_loss(corners, target, weight)) == pytest.approx(slow_corners(corners, target, weight), rel=1e-6)


def test_scenes_without_cards_cost_no_corners() -> None:
    corners = torch.ones(2, 8, 3, 3)
    assert float(corner_loss(corners, torch.zeros_like(corners), torch.zeros(2, 1, 3, 3))) == 0
