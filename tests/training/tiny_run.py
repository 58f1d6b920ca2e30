"""A training run of a network so small that it takes no time."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import Dataset

from cardlens.training.run import Batch, RunSettings, TrainingRun


class TinyBackbone(nn.Module):
    """Stem and three stages, named as in timm's EfficientNet."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_stem = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.blocks = nn.Sequential(
            *(nn.Sequential(nn.Conv2d(4, 4, 3, groups=4, bias=False), nn.BatchNorm2d(4), nn.ReLU()) for _ in range(3))
        )

    def forward(self, batch: Tensor) -> Tensor:
        features: Tensor = self.blocks(self.bn1(self.conv_stem(batch)))
        return features


class TinyNetwork(nn.Module):
    """(n, 3, 8, 8) -> (n, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = TinyBackbone()
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, 1)

    def forward(self, batch: Tensor) -> Tensor:
        said: Tensor = self.head(self.norm(self.backbone(batch)).mean(dim=(2, 3)))
        return said


class Drawn(Dataset[Batch]):
    """Item `step` depends on nothing but the step."""

    def __getitem__(self, step: int) -> Batch:
        random = torch.Generator().manual_seed(step)
        return torch.randn(4, 3, 8, 8, generator=random), torch.randn(4, 1, generator=random)


class TinyRun(TrainingRun):
    """Fits noise. `dies_at`: the step at which the process is killed."""

    name = "tiny"

    def __init__(self, out: Path, settings: RunSettings, dies_at: int | None = None) -> None:
        torch.manual_seed(settings.seed)
        network = TinyNetwork()
        super().__init__(network, network.backbone, out, settings)
        self.dies_at, self.prepared = dies_at, list[int]()

    def batches(self) -> Dataset[Batch]:
        return Drawn()

    def before_stretch(self) -> None:
        self.prepared.append(self.step)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        if self.step == self.dies_at:
            raise KeyboardInterrupt
        pictures, wanted = batch
        loss = functional.mse_loss(self.network(pictures), wanted)
        return loss, {"loss": float(loss.detach())}
