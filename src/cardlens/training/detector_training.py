"""Training of the detector on rendered scenes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from cardlens.runtimes.base import Bytes
from cardlens.training.detector_targets import targets
from cardlens.training.embedder_training import normalise
from cardlens.training.losses import corner_loss, heat_loss
from cardlens.training.material import open_material
from cardlens.training.networks import DetectorNetwork
from cardlens.training.run import Batch, RunSettings, TrainingRun
from cardlens.training.simulator.scenes import draw_scene


@dataclass(frozen=True, slots=True)
class DetectorSettings(RunSettings):
    """What a run is made of; the bundled model had other steps. `size` is the side of the scenes in pixels."""

    seed: int = 1
    steps: int = 2600
    rate: float = 1e-3
    average: float = 0.998
    clip: float = 5.0
    weight_decay: float = 0.01
    threads: int = 1
    minutes: float = 600.0
    scenes: int = 6
    size: int = 512
    corner_weight: float = 5.0


class _Scenes(Dataset[Batch]):
    """Item `step` is a batch: pictures (n, s, s, 3) uint8, heat, care, corners, weight."""

    def __init__(self, pictures: list[Bytes], grounds: list[Bytes], settings: DetectorSettings) -> None:
        self.pictures, self.grounds, self.settings = pictures, grounds, settings

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.settings.seed, step])
        size = self.settings.size
        scenes = [draw_scene(rng, size, self.pictures, self.grounds) for _ in range(self.settings.scenes)]
        wanted = [np.stack(part) for part in zip(*(targets(scene.cards, size) for scene in scenes), strict=True)]
        pictures = np.stack([scene.pixels for scene in scenes])
        return torch.from_numpy(pictures), *(torch.from_numpy(part) for part in wanted)


class DetectorRun(TrainingRun):
    """Learns to find cards: heat at their centres, corners from there."""

    name = "detector"

    def __init__(self, data: Path, cache: Path, out: Path, settings: DetectorSettings) -> None:
        """Read scans from `data`, decoded once into `cache`."""
        torch.manual_seed(settings.seed)
        network = DetectorNetwork()
        super().__init__(network, network.backbone, out, settings)
        self.settings = settings
        material = open_material(data, cache)
        self.scans, self.pictures, self.grounds = material.scans, material.pictures, material.grounds

    def batches(self) -> Dataset[Batch]:
        """Rendered scenes and what should be said of them."""
        return _Scenes(self.pictures, self.grounds, self.settings)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Heat and corners, weighted."""
        pictures, heat, care, corners, weight = batch
        with self.autocast():
            logits, reach = self.network(normalise(pictures))
        parts = {"heat": heat_loss(logits, heat, care), "corners": corner_loss(reach, corners, weight)}
        total = parts["heat"] + self.settings.corner_weight * parts["corners"]
        return total, {name: round(float(part.detach()), 4) for name, part in parts.items()}
