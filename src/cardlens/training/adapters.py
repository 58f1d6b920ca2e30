"""Low-rank adapters (LoRA, arXiv 2106.09685): large weights stay as they are, small additions to them are learnt."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

# the linear layers of timm's attention blocks, whole or apart
_ADAPTED = frozenset({"qkv", "q_proj", "k_proj", "v_proj", "proj"})


class LowRank(nn.Module):
    """weight + up @ down, (out, in). `up` starts at zero: at first nothing is changed."""

    def __init__(self, rows: int, columns: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Give the weight that is used."""
        return weight + self.up @ self.down


def add_adapters(blocks: nn.Module, rank: int) -> int:
    """Freeze the weights of every attention layer in `blocks` and learn an addition of `rank`; returns how many.

    They are parametrisations of the weight, not layers around it: attention code that reads `.weight` itself sees them.
    """
    layers = [
        module
        for name, module in blocks.named_modules()
        if isinstance(module, nn.Linear) and name.rpartition(".")[2] in _ADAPTED and ".attn." in f".{name}"
    ]
    for layer in layers:
        layer.weight.requires_grad_(False)
        parametrize.register_parametrization(layer, "weight", LowRank(layer.out_features, layer.in_features, rank))
    return len(layers)


def merged_state(network: nn.Module) -> dict[str, Tensor]:
    """The network's state with what was learnt added to the weights: as if it had never had adapters.

    The network stays as it is. (`remove_parametrizations` would change its copies too: they share a class.)
    """
    state = {}
    for name, value in network.state_dict().items():
        layer, adapted, part = name.partition(".parametrizations.weight.")
        if not adapted:
            state[name] = value
        elif part == "original":
            weight = network.get_submodule(layer).weight
            state[f"{layer}.weight"] = weight.detach()  # type: ignore[operator]
    return state
