"""Trained weights -> ONNX fp32."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardlens.training.networks import EmbedderNetwork

OPSET = 17
_MAPS = ("heat", "corners")
_DESCRIBED = ("embedding", "local")
_SAID = ("corners", "flipped", "card")


class _FixedSame(nn.Conv2d):
    """A stride-2 convolution with TensorFlow's SAME padding for even inputs: constants that every runtime folds."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that torch gives it
        """(n, c, h, w), h and w even -> (n, c', h/2, w/2)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        before, after = (kernel - stride) // 2, kernel - stride - (kernel - stride) // 2
        padded = functional.pad(input, (before, after, before, after))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)


def _fix_padding(network: nn.Module) -> None:
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.stride[0] == 2:
            module.__class__ = _FixedSame


class _Both(nn.Module):
    """An embedder that gives its local descriptors too."""

    def __init__(self, network: EmbedderNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        return self.network.both(batch)


class _Likelihood(nn.Module):
    """A detector whose heat is a likelihood, 0..1."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        heat, corners = self.network(batch)
        return torch.sigmoid(heat), corners


def export_embedder(network: nn.Module, file: Path, size: tuple[int, int]) -> None:
    """Write `batch` (n, 3, *size) float32 -> `embedding` (n, 768) float32, any n.

    Ours gives `local` (n, 16, size / 16) too; other networks, to compare with, embed only.
    """
    outputs = list(_DESCRIBED)
    if isinstance(network, EmbedderNetwork):
        network = _Both(network)
    else:
        outputs = outputs[:1]
    _export(network, file, (1, 3, *size), outputs, {name: {0: "n"} for name in ("batch", *outputs)})


def export_detector(network: nn.Module, file: Path, size: tuple[int, int]) -> None:
    """Write `batch` (1, 3, h, w) float32 -> `heat` (1, 1, h/8, w/8) and `corners` (1, 8, h/8, w/8)."""
    sides = {2: "h", 3: "w"}
    axes = {"batch": sides} | {name: {2: "h8", 3: "w8"} for name in _MAPS}
    _export(_Likelihood(network), file, (1, 3, *size), list(_MAPS), axes)


def export_aligner(network: nn.Module, file: Path, size: tuple[int, int]) -> None:
    """Write `batch` (n, 3, *size) float32 -> `corners` (n, 8), logits `flipped` and `card` (n, 1), any n."""
    _export(network, file, (1, 3, *size), list(_SAID), {name: {0: "n"} for name in ("batch", *_SAID)})


def _export(
    network: nn.Module, file: Path, shape: tuple[int, ...], outputs: list[str], axes: dict[str, dict[int, str]]
) -> None:
    _fix_padding(network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor
        torch.onnx.export(
            network.eval(),
            (torch.zeros(shape),),
            str(file),
            input_names=["batch"],
            output_names=outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(str(file))
