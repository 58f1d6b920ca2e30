"""The teacher's backbone: any vision transformer that timm knows, its weights from the hub or from a file."""

from __future__ import annotations

import sys
from pathlib import Path

import timm
import torch
from timm.models import load_checkpoint
from torch import Tensor, nn

from cardlens.errors import BadModel

_FILES = (".safetensors", ".pth", ".pt", ".bin")
_SUCH_AS = ("vit_base_patch14_dinov2", "vit_base_patch16_dinov3")


def open_backbone(name: str, weights: Path | None, image_size: int) -> nn.Module:
    """Make timm's `name` for square pictures of `image_size` pixels; its position embeddings are interpolated.

    Args:
        name: such as `vit_base_patch14_dinov2`, `vit_base_patch16_dinov3`.
        weights: safetensors, or a .pth that holds tensors only (no code in it is run); None: from timm's hub.
        image_size: a multiple of the model's patch.

    Raises:
        BadModel: no such model, not a vision transformer, or weights that cannot be had or are of another model.
    """
    backbone = empty_backbone(name, image_size)
    if weights is not None:
        _load(backbone, name, weights)
        return backbone
    try:
        return _create(name, image_size, pretrained=True)
    except Exception as error:  # timm and the hub's client raise their own, down to OSError
        raise BadModel(
            f"{name}: its weights cannot be had from the hub ({_line(error)}); fetch them elsewhere, give --weights"
        ) from error


def _load(backbone: nn.Module, name: str, weights: Path) -> None:
    """Read weights from a file; whatever the backbone needs must be in it."""
    if not weights.is_file() or weights.suffix not in _FILES:
        raise BadModel(f"{weights}: no weights of {name}; give a {' or '.join(_FILES)} file with --weights")
    # each family of timm's turns published names and sizes into its own
    adapt = getattr(sys.modules[type(backbone).__module__], "checkpoint_filter_fn", None)
    try:
        told = load_checkpoint(backbone, str(weights), strict=False, filter_fn=adapt, weights_only=True)
    except Exception as error:  # safetensors, pickle and torch each raise their own
        raise BadModel(f"{weights}: not the weights of {name} ({_line(error)})") from error
    if told.missing_keys:
        raise BadModel(f"{weights}: not the weights of {name} (it lacks {', '.join(told.missing_keys[:3])})")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def empty_backbone(name: str, image_size: int) -> nn.Module:
    """Make timm's `name` with random weights; raises `BadModel` where there is none, or it is no vision transformer."""
    if not timm.is_model(name):
        raise BadModel(f"{name}: no model of timm; try one such as {', '.join(_SUCH_AS)}")
    try:
        backbone = _create(name, image_size, pretrained=False)
    except (TypeError, AssertionError, RuntimeError) as error:
        raise BadModel(f"{name}: not a vision transformer that takes an image size ({error})") from error
    if not all(hasattr(backbone, part) for part in ("blocks", "patch_embed", "num_prefix_tokens", "fc_norm")):
        raise BadModel(f"{name}: not a vision transformer; try one such as {', '.join(_SUCH_AS)}")
    patch = int(backbone.patch_embed.patch_size[0])  # type: ignore[union-attr, index]
    if image_size % patch:
        near = max(round(image_size / patch), 1) * patch
        raise BadModel(f"{name}: its patches are {patch} pixels wide; give a multiple, such as --image-size {near}")
    return backbone


def _create(name: str, image_size: int, *, pretrained: bool) -> nn.Module:
    backbone: nn.Module = timm.create_model(name, num_classes=0, img_size=image_size, pretrained=pretrained)
    return backbone


def pixel_statistics(backbone: nn.Module) -> tuple[Tensor, Tensor]:
    """Mean and deviation, (3,) each, in 0..255 units, that the backbone was trained with."""
    told = backbone.pretrained_cfg
    return torch.tensor(told["mean"]) * 255, torch.tensor(told["std"]) * 255  # type: ignore[index]


def features(backbone: nn.Module, batch: Tensor) -> Tensor:
    """(n, 3, h, w) -> (n, f): the class token beside the mean of the patches, as DINOv2 is read (arXiv 2304.07193)."""
    tokens = backbone.forward_features(batch)  # type: ignore[operator]
    first = int(backbone.num_prefix_tokens)  # type: ignore[arg-type]
    parts = [tokens[:, first:].mean(dim=1)]
    if first:
        parts.insert(0, tokens[:, 0])
    return torch.cat([backbone.fc_norm(part) for part in parts], dim=1)  # type: ignore[operator]


def feature_width(backbone: nn.Module) -> int:
    """How wide `features` are."""
    width = int(backbone.num_features)  # type: ignore[arg-type]
    return 2 * width if backbone.num_prefix_tokens else width


def train_upper(backbone: nn.Module, blocks: int) -> None:
    """Freeze all but the last `blocks` blocks and the norms after them; frozen ones keep nothing for gradients."""
    for parameter in backbone.parameters():
        parameter.requires_grad_(False)
    every = list(backbone.blocks)  # type: ignore[arg-type]
    upper = every[max(len(every) - blocks, 0) :]
    for module in (*upper, backbone.norm, backbone.fc_norm):
        for parameter in module.parameters():
            parameter.requires_grad_(True)
