"""One training run: steps, averaged weights, checkpoints, log and time budget, whatever the network."""

from __future__ import annotations

import copy
import json
import math
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from cardlens.training.checkpoint import load_checkpoint, save_checkpoint
from cardlens.training.depthwise import quicken
from cardlens.training.networks import freeze_early, hold_statistics

_LOG_EVERY, _SAVE_SECONDS, _WARM_STEPS = 20, 180, 50

Batch = tuple[Tensor, ...]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What every run has: learning rates rise over 50 steps and fall by a cosine over all.

    Attributes:
        average: share of the averaged weights that stays at each step.
        clip: largest norm of the gradient.
        threads: for the network; one more process renders.
        minutes: stop after so long; a resumed run goes on where it stopped.
    """

    seed: int
    steps: int
    rate: float
    average: float
    clip: float
    weight_decay: float
    threads: int
    minutes: float


class TrainingRun(ABC):
    """In `out`: `checkpoint.pt` to resume from, `log.jsonl` for the course, `<name>.pt` with the averaged weights."""

    name: ClassVar[str]

    def __init__(self, network: nn.Module, backbone: nn.Module, out: Path, settings: RunSettings) -> None:
        """Take a network whose `backbone` has learnt already."""
        torch.set_num_threads(settings.threads)
        self.out, self.run_settings = out, settings
        self.network, self.backbone = network, backbone
        self.prepare_network()
        self.average = copy.deepcopy(network).eval()
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=settings.rate, weight_decay=settings.weight_decay)
        self.step = 0

    def prepare_network(self) -> None:
        """Freeze what shall stay as it is, and make the rest quick: as suits EfficientNets, others do otherwise."""
        freeze_early(self.backbone)
        quicken(self.network)
        self.network.to(memory_format=torch.channels_last)

    @abstractmethod
    def batches(self) -> Dataset[Batch]:
        """Item `step` is the batch of that step, whatever was drawn before: runs resume where they stopped."""

    @abstractmethod
    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of one batch, under autocast, and figures for the log."""

    @abstractmethod
    def before_step(self) -> None:
        """Do what a run needs now and then; called before the first step too."""

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
        started = saved = time.monotonic()
        self.before_step()
        for batch in self._loader():
            figures = self._advance(batch)
            now = time.monotonic()
            if self.step % _LOG_EVERY == 0:
                self._log(minutes=round((now - started) / 60, 2), **figures)
            if now - saved > _SAVE_SECONDS:
                self._save()
                saved = now
            if now - started > self.run_settings.minutes * 60:
                break
            self.before_step()
        self._save()
        weights = self.out / f"{self.name}.pt"
        settings = asdict(self.run_settings)
        save_checkpoint(weights, {"network": self.average.state_dict(), "settings": settings, "step": self.step})
        return weights

    def _loader(self) -> DataLoader[Any]:
        steps = range(self.step, self.run_settings.steps)
        return DataLoader(self.batches(), batch_size=None, sampler=steps, num_workers=1, prefetch_factor=4)

    def _advance(self, batch: Batch) -> dict[str, float]:
        self.network.train()
        hold_statistics(self.backbone)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        loss, figures = self.loss(batch)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.run_settings.clip)
        self.optimiser.step()
        self._follow()
        self.step += 1
        return figures

    def _rate(self) -> float:
        warm = min((self.step + 1) / _WARM_STEPS, 1.0)
        return self.run_settings.rate * warm * (0.5 + 0.5 * math.cos(math.pi * self.step / self.run_settings.steps))

    def _follow(self) -> None:
        """Exponential moving average of weights and statistics, quick at first."""
        keep = min(self.run_settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if slow.is_floating_point():
                    slow.lerp_(fast, 1 - keep)

    def _save(self) -> None:
        state = {"network": self.network.state_dict(), "average": self.average.state_dict(), "step": self.step}
        save_checkpoint(self.out / "checkpoint.pt", {**state, "optimiser": self.optimiser.state_dict()})

    def _log(self, **figures: float) -> None:
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": self.step, "rate": round(self._rate(), 7), **figures}) + "\n")
