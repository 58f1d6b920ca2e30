from __future__ import annotations

import pytest
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from cardlens.training.depthwise import DepthwiseSame, quicken

SHAPES = [(3, 1), (3, 2), (5, 1), (5, 2)]


def slow(x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """SAME padding as TensorFlow has it, and torch's own convolution."""
    pads: list[int] = []
    for side in (x.shape[3], x.shape[2]):
        total = max((-(-side // stride) - 1) * stride + weight.shape[-1] - side, 0)
        pads += [total // 2, total - total // 2]
    return functional.conv2d(functional.pad(x, pads), weight, stride=stride, groups=x.shape[1])


def layer(channels: int, kernel: int, stride: int) -> DepthwiseSame:
    torch.manual_seed(kernel * 10 + stride)
    return DepthwiseSame(channels, channels, kernel, stride, groups=channels, bias=False)


@pytest.mark.parametrize(("kernel", "stride"), SHAPES)
@pytest.mark.parametrize("sides", [(8, 8), (9, 7), (12, 5)])
def test_outputs_and_gradients_are_those_of_the_plain_convolution(
    kernel: int, stride: int, sides: tuple[int, int]
) -> None:
    quick = layer(4, kernel, stride)
    x = torch.randn(2, 4, *sides, requires_grad=True)
    said = quick(x)
    upstream = torch.randn_like(said)
    torch.autograd.backward(said, upstream)
    other, weight = x.detach().clone().requires_grad_(), quick.weight.detach().clone().requires_grad_()
    expected = slow(other, weight, stride)
    torch.autograd.backward(expected, upstream)
    torch.testing.assert_close(said, expected)
    torch.testing.assert_close(x.grad, other.grad)
    torch.testing.assert_close(quick.weight.grad, weight.grad)


@pytest.mark.parametrize(("kernel", "stride"), SHAPES)
def test_in_bfloat16_gradients_are_near_those_in_float32(kernel: int, stride: int) -> None:
    quick, x = layer(8, kernel, stride), torch.randn(2, 8, 12, 12)
    with torch.autocast("cpu", torch.bfloat16):
        said = quick(x)
    assert said.dtype == torch.bfloat16
    torch.autograd.backward(said.float().square().sum())
    weight = quick.weight.detach().clone().requires_grad_()
    torch.autograd.backward(slow(x, weight, stride).square().sum())
    assert quick.weight.grad is not None
    assert weight.grad is not None
    assert functional.cosine_similarity(quick.weight.grad.flatten(), weight.grad.flatten(), dim=0) > 0.999


def test_the_slow_loop_agrees() -> None:
    quick = layer(2, 3, 2)
    x = torch.randn(1, 2, 6, 6)
    said, weights = quick(x).detach(), quick.weight.detach()
    for channel in range(2):
        for row in range(3):
            for column in range(3):
                total = 0.0
                for y in range(3):
                    for at in range(3):
                        if 2 * row + y < 6 and 2 * column + at < 6:  # SAME pads an even side behind only
                            total += float(x[0, channel, 2 * row + y, 2 * column + at] * weights[channel, 0, y, at])
                assert float(said[0, channel, row, column]) == pytest.approx(total, abs=1e-5)


def test_a_quickened_backbone_says_the_same_and_keeps_its_weights() -> None:
    torch.manual_seed(0)
    plain = timm.create_model("tf_efficientnet_lite0", num_classes=0).eval()
    batch = torch.randn(1, 3, 64, 64)
    before, names = plain(batch).detach(), list(plain.state_dict())
    quicken(plain)
    assert sum(isinstance(module, DepthwiseSame) for module in plain.modules()) == 16
    assert list(plain.state_dict()) == names
    torch.testing.assert_close(plain(batch).detach(), before, atol=1e-4, rtol=1e-3)


def test_other_convolutions_are_left_alone() -> None:
    model = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Conv2d(4, 8, 3, groups=2), nn.Conv2d(1, 1, 3))
    quicken(model)
    assert not any(isinstance(module, DepthwiseSame) for module in model)
