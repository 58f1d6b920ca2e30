from __future__ import annotations

import copy

import timm
import torch
from torch import nn

from cardlens.training.adapters import add_adapters, merged_state

PICTURES = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def backbone(name: str = "test_vit") -> nn.Module:
    torch.manual_seed(1)
    network: nn.Module = timm.create_model(name, num_classes=0, img_size=32)
    return network.eval()


def disturb(network: nn.Module) -> None:
    for name, parameter in network.named_parameters():
        if name.endswith(".up"):
            nn.init.normal_(parameter, std=0.1)


@torch.no_grad()
def test_nothing_changes_until_they_learn() -> None:
    network = backbone()
    before = network(PICTURES)
    assert add_adapters(network, 2) == 2 * len(network.blocks)  # type: ignore[arg-type]
    torch.testing.assert_close(network(PICTURES), before)


def test_only_the_small_matrices_learn() -> None:
    network = backbone()
    network.requires_grad_(requires_grad=False)
    add_adapters(network, 2)
    network(PICTURES).square().sum().backward()
    learning = {name for name, parameter in network.named_parameters() if parameter.grad is not None}
    assert {name.rpartition(".")[2] for name in learning} == {"up", "down"}
    width = network.num_features
    assert isinstance(width, int)
    count = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    # qkv: (3w, w), proj: (w, w)
    assert count == len(network.blocks) * 2 * (4 * width + 2 * width)  # type: ignore[arg-type]


@torch.no_grad()
def test_merged_it_fits_a_plain_network_that_says_the_same() -> None:
    network, plain = backbone(), backbone()
    add_adapters(network, 2)
    disturb(network)
    kept = copy.deepcopy(network)
    adapted = network(PICTURES)
    assert not torch.allclose(adapted, plain(PICTURES))
    plain.load_state_dict(merged_state(network))
    torch.testing.assert_close(plain(PICTURES), adapted)
    for one in (network, kept):
        torch.testing.assert_close(one(PICTURES), adapted)


@torch.no_grad()
def test_attention_that_reads_the_weight_itself_is_adapted_too() -> None:
    """EVA's blocks, as DINOv3 has them, may call linear(x, self.qkv.weight, bias)."""
    network: nn.Module = timm.create_model(
        "vit_small_patch16_dinov3", num_classes=0, img_size=32, depth=2, embed_dim=48, num_heads=3
    ).eval()
    plain = network(PICTURES)
    assert add_adapters(network, 2) == 4
    disturb(network)
    assert not torch.allclose(network(PICTURES), plain)
