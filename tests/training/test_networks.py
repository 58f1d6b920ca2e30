from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cardlens.training.networks import (
    AlignerNetwork,
    DetectorNetwork,
    EmbedderNetwork,
    freeze_early,
    hold_statistics,
    imagenet_weights,
)


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    return imagenet_weights()


def test_an_embedder_gives_unit_vectors() -> None:
    with torch.no_grad():
        vectors = EmbedderNetwork(pretrained=False).eval()(torch.randn(2, 3, 64, 64))
    assert vectors.shape == (2, 768)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))


def test_an_aligner_says_where_the_corners_are_whether_it_is_upside_down_and_a_card_at_all() -> None:
    with torch.no_grad():
        corners, flipped, card = AlignerNetwork(pretrained=False).eval()(torch.randn(2, 3, 176, 128))
    assert (corners.shape, flipped.shape, card.shape) == ((2, 8), (2, 1), (2, 1))
    assert ((corners > 0) & (corners < 176)).all()  # before it learns anything: about the middle


@pytest.mark.parametrize(("high", "wide"), [(64, 64), (64, 96)])
def test_a_detector_gives_two_maps_at_stride_8(high: int, wide: int) -> None:
    with torch.no_grad():
        heat, corners = DetectorNetwork(pretrained=False).eval()(torch.randn(1, 3, high, wide))
    assert heat.shape == (1, 1, high // 8, wide // 8)
    assert corners.shape == (1, 8, high // 8, wide // 8)


def test_a_fresh_detector_believes_in_no_card() -> None:
    with torch.no_grad():
        heat, _ = DetectorNetwork(pretrained=False).eval()(torch.randn(1, 3, 64, 64))
    assert float(torch.sigmoid(heat).max()) < 0.3


def test_all_begin_with_the_imagenet_weights(weights: dict[str, Tensor]) -> None:
    for network in (EmbedderNetwork(), DetectorNetwork(), AlignerNetwork()):
        own = network.backbone.state_dict()
        for name in ("conv_stem.weight", "blocks.2.1.conv_dw.weight", "blocks.4.0.bn2.running_var"):
            assert torch.equal(own[name], weights[name])


def test_imagenet_statistics_are_those_of_a_trained_network(weights: dict[str, Tensor]) -> None:
    """Names and values are matched by their order: in a wrong one, variances would be negative."""
    variances = [value for name, value in weights.items() if name.endswith("running_var")]
    assert len(variances) == 49
    assert all(float(value.min()) >= 0 for value in variances)


def test_the_early_stages_are_kept_and_the_rest_learns() -> None:
    network = EmbedderNetwork(pretrained=False).train()
    freeze_early(network.backbone)
    frozen = {name for name, value in network.named_parameters() if not value.requires_grad}
    assert frozen == {
        name
        for name, _ in network.named_parameters()
        if name.startswith(("backbone.conv_stem", "backbone.bn1", "backbone.blocks.0.", "backbone.blocks.1."))
    }


def test_statistics_are_held_also_in_training() -> None:
    network = EmbedderNetwork(pretrained=False).train()
    hold_statistics(network.backbone)
    norms = [module for module in network.backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [norm.running_mean.clone() for norm in norms if norm.running_mean is not None]
    network(torch.randn(2, 3, 64, 64))
    after = [norm.running_mean for norm in norms if norm.running_mean is not None]
    assert len(before) == 49
    assert all(torch.equal(old, now) for old, now in zip(before, after, strict=True))
