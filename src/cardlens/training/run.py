"""One training run: steps, averaged weights, checkpoints, log and budget, whatever the network.

Alone or as one of several processes (`torchrun`), on a GPU or on a CPU: what is learnt is the same, within rounding.
"""

from __future__ import annotations

import copy
import json
import math
import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import cv2
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from cardlens.errors import CardlensError
from cardlens.training.budget import Budget
from cardlens.training.checkpoint import load_checkpoint, save_checkpoint
from cardlens.training.depthwise import quicken
from cardlens.training.devices import choose_device, half_precision
from cardlens.training.networks import freeze_early, hold_statistics
from cardlens.training.processes import Processes

_LOG_EVERY, _SAVE_SECONDS, _WARM_STEPS = 20, 180, 50
# settings that change where and how long a run learns, and not what
_FREE = frozenset(("threads", "minutes", "device", "renderers", "dollars", "dollars_an_hour"))
_AS_BEFORE = "give the same data and options as before, or another folder with --out"

Batch = tuple[Tensor, ...]
# told of a step and its figures whenever they are logged
Watcher = Callable[[int, Mapping[str, float]], None]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What every run has: learning rates rise over 50 steps and fall by a cosine over all.

    Attributes:
        average: share of the averaged weights that stays at each step.
        clip: largest norm of the gradient.
        threads: for the network, on a CPU.
        minutes: stop after so long; a resumed run goes on where it stopped.
        accumulate: batches a step and process, their gradients averaged.
        device: "auto" (a GPU where there is one), "cpu" or "cuda".
        renderers: processes that render batches; 0: one, and for a GPU all cores but one.
        dollars: stop when so much is spent, all starts of the run together; None: no limit.
        dollars_an_hour: price of all machines of the run together.
    """

    seed: int
    steps: int
    rate: float
    average: float
    clip: float
    weight_decay: float
    threads: int
    minutes: float
    accumulate: int = 1
    device: str = "auto"
    renderers: int = 0
    dollars: float | None = None
    dollars_an_hour: float = 0.0


class _Objective(nn.Module):
    """The loss of a run as a module: what can be shared between processes."""

    def __init__(self, run: TrainingRun) -> None:
        super().__init__()
        self.network, self._loss = run.network, run.loss

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of one batch, and figures for the log."""
        return self._loss(batch)


class TrainingRun(ABC):
    """In `out`: `checkpoint.pt` to resume from, `log.jsonl` for the course, `<name>.pt` with the averaged weights.

    Of several processes the first one alone writes. `ended` says why a run stopped before its last step.

    Attributes:
        stretch: steps whose batches are drawn from what `before_stretch` found; 0: all of the run.
    """

    name: ClassVar[str]
    stretch: ClassVar[int] = 0

    def __init__(self, network: nn.Module, backbone: nn.Module, out: Path, settings: RunSettings) -> None:
        """Take a network whose `backbone` has learnt already."""
        self.processes = Processes.started()
        self.device = choose_device(settings.device, self.processes.local)
        self.processes.meet(self.device)
        torch.set_num_threads(settings.threads)
        self.out, self.run_settings = out, settings
        self.network, self.backbone = network.to(self.device), backbone
        self.prepare_network()
        self.average = copy.deepcopy(network).eval()
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=settings.rate, weight_decay=settings.weight_decay)
        self._half = half_precision(self.device)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=self._half == torch.float16)
        self.budget = Budget(settings.minutes, settings.dollars, settings.dollars_an_hour)
        self.step, self.ended = 0, ""
        self._watchers: list[Watcher] = []

    def prepare_network(self) -> None:
        """Freeze what shall stay as it is, and make the rest quick: as suits EfficientNets, others do otherwise."""
        freeze_early(self.backbone)
        if self.device.type == "cpu":
            quicken(self.network)
        self.network.to(memory_format=torch.channels_last)

    @abstractmethod
    def batches(self) -> Dataset[Batch]:
        """Item `number` is one batch, whatever was drawn before: runs resume where they stopped.

        Step `s` learns from the items `s * batches_a_step` and those that follow, up to the next step's.
        """

    @abstractmethod
    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of one batch, which is on the device, and figures for the log; networks run `with self.autocast()`.

        It changes nothing that the next batch of the same step depends on: see `after_step`.
        """

    def before_stretch(self) -> None:  # noqa: B027 - most runs have nothing to do then
        """Do what batches are drawn from: before the first step of a stretch, and where a run is resumed in one.

        No batch is drawn meanwhile. What it finds anew at each stretch belongs into `kept`.
        """

    def kept(self) -> dict[str, Tensor]:
        """What a checkpoint is to keep beside weights, so that a resumed run draws the batches of an unbroken one."""
        return {}

    def take_up(self, kept: dict[str, Tensor]) -> None:  # noqa: B027 - most runs keep nothing
        """Go on with what `kept` gave; empty of checkpoints of earlier versions."""

    def after_step(self) -> None:  # noqa: B027 - most runs have nothing to do then
        """Do what follows from a step, alike in all processes."""

    @property
    def batches_a_step(self) -> int:
        """Batches of one step, of all processes together."""
        return self.run_settings.accumulate * self.processes.count

    def autocast(self) -> torch.autocast:
        """In half precision, as the device has it."""
        return torch.autocast(self.device.type, self._half)

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` every figure that is logged."""
        self._watchers.append(watcher)

    def made_of(self) -> dict[str, Any]:
        """What a run that goes on must have in common with the one that it goes on with, as plain values."""
        settings = asdict(self.run_settings)
        return {"model": self.name, **{name: value for name, value in settings.items() if name not in _FREE}}

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one; every process reads it.

        Raises `CardlensError` where it is of a run that was made of something else.
        """
        file = self.out / "checkpoint.pt"
        state = load_checkpoint(file)
        if state is None:
            return
        try:
            self._check_same(file, state.get("made_of", {}))
            self._load(state)
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CardlensError(
                f"{file}: of another run ({' '.join(str(error).split())[:160]}); {_AS_BEFORE}"
            ) from error

    def _check_same(self, file: Path, before: Mapping[str, Any]) -> None:
        """Compare with what a checkpoint says that it was made of; earlier versions wrote nothing of it."""
        now = self.made_of()
        differ = [
            f"{name} {before[name]}, not {now[name]}" for name in now if name in before and before[name] != now[name]
        ]
        if differ:
            raise CardlensError(f"{file}: of another run: {'; '.join(differ)}; {_AS_BEFORE}")

    def _load(self, state: Mapping[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        # what older checkpoints, and those of other devices, do not have
        self.budget.before = float(state.get("seconds", 0.0))
        if state.get("scaler"):
            self.scaler.load_state_dict(state["scaler"])
        self.step = int(state["step"])
        self.take_up(state.get("kept", {}))

    def train(self) -> Path:
        """Run to the end of the steps or of the budget; returns the file of the averaged weights."""
        self.out.mkdir(parents=True, exist_ok=True)
        self._objective = self.processes.share(_Objective(self))
        self._saved = time.monotonic()
        while self.step < self.run_settings.steps and not self.ended:
            self.before_stretch()
            self._train_until(self._end_of_stretch())
        self._save()
        return self._write_weights()

    def _end_of_stretch(self) -> int:
        last = self.run_settings.steps
        return min(last, (self.step // self.stretch + 1) * self.stretch) if self.stretch else last

    def _train_until(self, last: int) -> None:
        batches = iter(self._loader(last))
        while self.step < last and not self.ended:
            figures = self._advance([next(batches) for _ in range(self.run_settings.accumulate)])
            if self.step % _LOG_EVERY == 0:
                self._log(figures)
            if time.monotonic() - self._saved > _SAVE_SECONDS:
                self._save()
            self._end_where_the_budget_does()

    def _loader(self, last: int) -> DataLoader[Any]:
        """Batches up to a step: each process reads every so-manieth, as one with more to accumulate reads them all."""
        ends = last * self.batches_a_step
        numbers = range(self.step * self.batches_a_step + self.processes.rank, ends, self.processes.count)
        on_gpu = self.device.type == "cuda"
        # a process that is forked while OpenCV has threads waits for them for ever
        cv2.setNumThreads(1)
        renderers = self.run_settings.renderers or (max((os.cpu_count() or 2) - 1, 1) if on_gpu else 1)
        return DataLoader(
            self.batches(),
            batch_size=None,
            sampler=numbers,
            num_workers=renderers,
            prefetch_factor=4,
            pin_memory=on_gpu,
        )

    def _advance(self, batches: list[Batch]) -> dict[str, float]:
        self.network.train()
        hold_statistics(self.backbone)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.zero_grad()
        for batch in batches[:-1]:
            with self.processes.apart(self._objective):
                self._learn(batch)
        figures = self._learn(batches[-1])
        self.scaler.unscale_(self.optimiser)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.run_settings.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self._follow()
        self.after_step()
        self.step += 1
        return figures

    def _learn(self, batch: Batch) -> dict[str, float]:
        loss, figures = self._objective(tuple(part.to(self.device, non_blocking=True) for part in batch))
        self.scaler.scale(loss / self.run_settings.accumulate).backward()
        return dict(figures)

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

    def _end_where_the_budget_does(self) -> None:
        over = self.budget.over()
        if self.processes.agreed(over is not None, self.device):
            self.ended = over or "the first process stopped"

    def _save(self) -> None:
        self._saved = time.monotonic()
        if not self.processes.leads:
            return
        state = {"network": self.network.state_dict(), "average": self.average.state_dict(), "step": self.step}
        state |= {"optimiser": self.optimiser.state_dict(), "scaler": self.scaler.state_dict(), "kept": self.kept()}
        state |= {"seconds": self.budget.seconds, "made_of": self.made_of()}
        save_checkpoint(self.out / "checkpoint.pt", state)

    def _write_weights(self) -> Path:
        weights = self.out / f"{self.name}.pt"
        if self.processes.leads:
            settings = asdict(self.run_settings)
            save_checkpoint(weights, {"network": self.average.state_dict(), "settings": settings, "step": self.step})
        return weights

    def _log(self, figures: Mapping[str, float]) -> None:
        if not self.processes.leads:
            return
        course = {"rate": round(self._rate(), 7), "minutes": round(self.budget.minutes, 2)}
        if self.run_settings.dollars_an_hour:
            course["dollars"] = round(self.budget.spent, 4)
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": self.step, **course, **figures}) + "\n")
        for watcher in self._watchers:
            watcher(self.step, {**course, **figures})
