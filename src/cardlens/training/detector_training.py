"""Training of the detector on rendered scenes."""

from __future__ import annotations

import copy
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cardlens.runtimes.base import Bytes
from cardlens.training.checkpoint import load_checkpoint, save_checkpoint
from cardlens.training.detector_targets import targets
from cardlens.training.embedder_training import normalise, split_scans
from cardlens.training.losses import corner_loss, heat_loss
from cardlens.training.networks import DetectorNetwork, freeze_early, hold_statistics
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.simulator.scenes import draw_scene


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What a run is made of; the defaults made the bundled model. `size` is the side of the scenes in pixels."""

    seed: int = 1
    steps: int = 1800
    scenes: int = 6
    size: int = 512
    rate: float = 1.5e-3
    corner_weight: float = 5.0
    average: float = 0.998
    threads: int = 1
    minutes: float = 600.0


class _Scenes(Dataset[tuple[Tensor, ...]]):
    """Item `step` is a batch: pictures (n, s, s, 3) uint8, heat, care, corners, weight."""

    def __init__(self, scans: Scans, grounds: list[Bytes], settings: DetectorSettings) -> None:
        self.scans, self.grounds, self.settings = scans, grounds, settings

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, step: int) -> tuple[Tensor, ...]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.settings.seed, step])
        size = self.settings.size
        scenes = [draw_scene(rng, size, self.scans.pixels, self.grounds) for _ in range(self.settings.scenes)]
        wanted = [np.stack(part) for part in zip(*(targets(scene.cards, size) for scene in scenes), strict=True)]
        pictures = np.stack([scene.pixels for scene in scenes])
        return torch.from_numpy(pictures), *(torch.from_numpy(part) for part in wanted)


class DetectorRun:
    """One training run in `out`: `checkpoint.pt` to resume from, `log.jsonl` for its course, `detector.pt` at the end."""

    def __init__(self, data: Path, cache: Path, out: Path, settings: DetectorSettings) -> None:
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        self.settings, self.out = settings, out
        scans = open_scans(data, cache)
        split = split_scans(scans)
        self.scans = scans.of([*split.train, *(name for name in scans.rows if name.startswith("unnamed-"))])
        self.grounds = open_grounds(data / "backgrounds")
        self.network = DetectorNetwork()
        freeze_early(self.network.backbone)
        self.network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=settings.rate, weight_decay=0.01)
        self.step = 0

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        state = load_checkpoint(self.out / "checkpoint.pt")
        if state:
            self.network.load_state_dict(state["network"])
            self.average.load_state_dict(state["average"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step = int(state["step"])

    def train(self) -> Path:
        """Run to the end of the steps or of the time; returns the file of the averaged weights."""
        self.out.mkdir(parents=True, exist_ok=True)
        started, saved = time.monotonic(), time.monotonic()
        loader: DataLoader[Any] = DataLoader(
            _Scenes(self.scans, self.grounds, self.settings),
            batch_size=None,
            sampler=range(self.step, self.settings.steps),
            num_workers=1,
            prefetch_factor=3,
        )
        for pictures, heat, care, corners, weight in loader:
            found, placed = self._advance(pictures, heat, care, corners, weight)
            self.step += 1
            if self.step % 20 == 0:
                self._log(heat=round(found, 4), corners=round(placed, 4), minutes=round((time.monotonic() - started) / 60, 2))
            if time.monotonic() - saved > 180:
                self._save()
                saved = time.monotonic()
            if time.monotonic() - started > self.settings.minutes * 60:
                break
        self._save()
        weights = self.out / "detector.pt"
        save_checkpoint(weights, {"network": self.average.state_dict(), "settings": asdict(self.settings), "step": self.step})
        return weights

    def _advance(self, pictures: Tensor, heat: Tensor, care: Tensor, corners: Tensor, weight: Tensor) -> tuple[float, float]:
        self.network.train()
        hold_statistics(self.network.backbone)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16):
            logits, reach = self.network(normalise(pictures))
        found, placed = heat_loss(logits, heat, care), corner_loss(reach, corners, weight)
        self.optimiser.zero_grad()
        (found + self.settings.corner_weight * placed).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimiser.step()
        self._follow()
        return float(found.detach()), float(placed.detach())

    def _rate(self) -> float:
        warm = min((self.step + 1) / 50, 1.0)
        return self.settings.rate * warm * (0.5 + 0.5 * math.cos(math.pi * self.step / self.settings.steps))

    def _follow(self) -> None:
        """Exponential moving average of weights and statistics, quick at first."""
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if slow.is_floating_point():
                    slow.lerp_(fast, 1 - keep)

    def _save(self) -> None:
        state = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        save_checkpoint(self.out / "checkpoint.pt", {**state, "optimiser": self.optimiser.state_dict(), "step": self.step})

    def _log(self, **figures: float) -> None:
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": self.step, "rate": round(self._rate(), 7), **figures}) + "\n")
