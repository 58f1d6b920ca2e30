"""Depthwise convolution with a quick backward pass on CPUs.

oneDNN's bfloat16 gradients are pathological for two of Lite0's shapes, measured on one core at batch 48: the weight
gradient of a 5x5 depthwise convolution (125 ms at 672 channels, 10x10; 4 ms as below) and the input gradient at
stride 2 (218 ms at 96 channels, 80x80; 48 ms in float32). Training is twice as fast with both avoided.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_backward = torch.ops.aten.convolution_backward


class _Depthwise(torch.autograd.Function):
    """Unpadded depthwise convolution: x (n, c, h, w), weight (c, 1, k, k)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        """(n, c, h, w) -> (n, c, (h - k) / stride + 1, …)."""
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return functional.conv2d(x, weight, stride=stride, groups=x.shape[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        """Gradients of x and weight."""
        x, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        to_x = _input_gradient(gradient, x, weight, ctx.stride) if ctx.needs_input_grad[0] else None
        to_weight = _weight_gradient(gradient, x, weight, ctx.stride) if ctx.needs_input_grad[1] else None
        return to_x, to_weight, None


def _call(gradient: Tensor, x: Tensor, weight: Tensor, stride: int, mask: list[bool]) -> tuple[Tensor, Tensor, Tensor]:
    result: tuple[Tensor, Tensor, Tensor] = _backward(
        gradient, x, weight, None, [stride] * 2, [0, 0], [1, 1], False, [0, 0], x.shape[1], mask
    )
    return result


def _input_gradient(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    if stride == 1:
        return _call(gradient, x, weight, 1, [True, False, False])[0]
    wide = _call(gradient.float(), x.float(), weight.float(), stride, [True, False, False])[0]
    return wide.to(x.dtype)


def _weight_gradient(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    if weight.shape[-1] != 5:
        return _call(gradient, x, weight, stride, [False, True, False])[1]
    full = torch.empty_like(weight)
    small = weight[:, :, :3, :3].contiguous()
    height, width = (stride * (side - 1) + 3 for side in gradient.shape[-2:])
    for top in (0, 2):
        for left in (0, 2):
            part = x[:, :, top : top + height, left : left + width].contiguous(memory_format=torch.channels_last)
            full[:, :, top : top + 3, left : left + 3] = _call(gradient, part, small, stride, [False, True, False])[1]
    return full


def _same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME padding, before and after."""
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


class DepthwiseSame(nn.Conv2d):
    """A depthwise `Conv2d` with TensorFlow's SAME padding."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name that torch gives it
        """(n, c, h, w) -> (n, c, ceil(h / stride), ceil(w / stride))."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        vertical = _same_padding(input.shape[2], kernel, stride)
        horizontal = _same_padding(input.shape[3], kernel, stride)
        weight = self.weight
        if torch.is_autocast_enabled("cpu"):
            dtype = torch.get_autocast_dtype("cpu")
            input, weight = input.to(dtype), weight.to(dtype)  # noqa: A001
        padded = functional.pad(input, (*horizontal, *vertical)).contiguous(memory_format=torch.channels_last)
        result: Tensor = _Depthwise.apply(padded, weight, stride)
        return result


def quicken(model: nn.Module) -> None:
    """Replace every depthwise convolution of a SAME-padded model, weights kept."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1:
            module.__class__ = DepthwiseSame
