from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Floats
from cardlens.training.teacher_whitening import start_head, whitening


def drawn(count: int = 400, width: int = 6) -> Floats:
    random = np.random.default_rng(0)
    mixed = random.normal(size=(count, width)) * np.array([9, 5, 3, 2, 1, 0.5]) @ random.normal(size=(width, width))
    return np.asarray(mixed + 20, np.float32)


def unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_whitened_features_have_no_mean_and_are_spread_alike() -> None:
    seen = drawn()
    weight, bias = whitening(seen)
    white = seen @ weight.T + bias
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-3)
    spread = np.cov(white.T)
    np.testing.assert_allclose(spread - np.diag(np.diag(spread)), 0, atol=1e-2)
    # the ridge keeps directions of almost no variance small
    assert np.diag(spread).max() == pytest.approx(1, abs=0.01)
    assert (np.diag(spread) > 0.5).sum() == 5


@pytest.mark.parametrize("out", [6, 32])
def test_the_head_says_cosines_of_whitened_features(out: int) -> None:
    seen, head = drawn(), nn.Linear(6, out)
    start_head(head, seen, 1)
    weight, bias = whitening(seen)
    white = unit(np.asarray(seen @ weight.T + bias, np.float32))
    with torch.no_grad():
        said = unit(head(torch.from_numpy(seen)).numpy())
    np.testing.assert_allclose(said @ said.T, white @ white.T, atol=2e-3)


def test_its_weights_are_as_large_as_a_fresh_layers() -> None:
    head = nn.Linear(6, 32)
    start_head(head, drawn(), 1)
    assert float(head.weight.detach().square().mean().sqrt()) == pytest.approx(1 / 6**0.5, rel=1e-3)


def test_the_same_seed_turns_alike() -> None:
    heads = [nn.Linear(6, 32) for _ in range(3)]
    for head, seed in zip(heads, (1, 1, 2), strict=True):
        start_head(head, drawn(), seed)
    assert torch.equal(heads[0].weight, heads[1].weight)
    assert not torch.allclose(heads[0].weight, heads[2].weight)


def test_fewer_pictures_than_features_are_enough() -> None:
    head = nn.Linear(6, 8)
    start_head(head, drawn(3), 1)
    assert torch.isfinite(head.weight).all()


def test_pictures_all_alike_are_told() -> None:
    with pytest.raises(CardlensError, match="all alike"):
        start_head(nn.Linear(6, 8), np.ones((4, 6), np.float32), 1)
