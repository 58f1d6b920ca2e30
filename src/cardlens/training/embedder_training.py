"""Metric learning of the embedder: scan against simulated photo, with hard neighbours and a bank of all scans."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator
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
from cardlens.training.losses import contrastive
from cardlens.training.networks import MEAN, STD, EmbedderNetwork, freeze_early, hold_statistics
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.split import Split, artwork_groups, split_cards

_NEAREST = 12


@dataclass(frozen=True, slots=True)
class EmbedderSettings:
    """What a run is made of; the defaults made the bundled model.

    `steps` at `small` pixels come first and cost half as much; the rest run at `size`. Learning rates fall by a cosine
    over all steps.
    """

    seed: int = 1
    steps: int = 1500
    small_share: float = 0.7
    small: int = 160
    size: int = 224
    cards: int = 40
    rate: float = 1.2e-3
    temperature: float = 0.05
    average: float = 0.997
    threads: int = 1
    minutes: float = 600.0


class _Batches(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Item `step` is a whole batch: pictures (2n, size, size, 3), card numbers (2n,), and which are clean scans."""

    def __init__(self, scans: Scans, names: list[str], grounds: list[Bytes], near: Tensor, settings: EmbedderSettings) -> None:
        self.scans, self.names, self.grounds, self.near, self.settings = scans, names, grounds, near, settings

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.settings.seed, step])
        size = input_size(self.settings, step)
        cards = self._choose(rng)
        ones = [self._photo(card, rng, size) for card in cards]
        clean = rng.random(len(cards)) < 0.5
        others = [self._scan(card, size) if flat else self._photo(card, rng, size) for card, flat in zip(cards, clean, strict=True)]
        numbers = torch.from_numpy(np.concatenate([cards, cards]))
        flags = torch.from_numpy(np.concatenate([np.zeros(len(cards), bool), clean]))
        return torch.from_numpy(np.stack(ones + others)), numbers, flags

    def _choose(self, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Half at random, half near to those: what the model still takes for one another."""
        half = self.settings.cards // 2
        first = rng.choice(len(self.names), half, replace=False)
        near = [int(self.near[card, rng.integers(_NEAREST)]) for card in first]
        return np.unique(np.concatenate([first, near]))

    def _photo(self, card: int, rng: np.random.Generator, size: int) -> Bytes:
        rows = self.scans.rows[self.names[card]]
        row = rows[int(rng.integers(len(rows)))]
        return photo_crop(self.scans.pixels[row], rng, size, self.scans.pixels, self.grounds)

    def _scan(self, card: int, size: int) -> Bytes:
        return flat_crop(self.scans.pixels[self.scans.rows[self.names[card]][0]], size)


def flat_crop(scan: Bytes, size: int) -> Bytes:
    """A whole scan at the embedder's input size: how reference databases see cards."""
    return np.asarray(cv2.resize(scan, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def input_size(settings: EmbedderSettings, step: int) -> int:
    """Small pictures first, full ones later (progressive resizing)."""
    return settings.small if step < settings.steps * settings.small_share else settings.size


def normalise(pictures: Tensor) -> Tensor:
    """(n, h, w, 3) uint8 -> (n, 3, h, w) float32 in channels-last order, as the ModelSpec says."""
    batch = (pictures.permute(0, 3, 1, 2).float() - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    return batch.contiguous(memory_format=torch.channels_last)


class EmbedderRun:
    """One training run in `out`: `checkpoint.pt` to resume from, `log.jsonl` for its course, `embedder.pt` at the end."""

    def __init__(self, data: Path, cache: Path, out: Path, settings: EmbedderSettings) -> None:
        torch.set_num_threads(settings.threads)
        torch.manual_seed(settings.seed)
        self.settings, self.out = settings, out
        scans = open_scans(data, cache)
        self.split = split_scans(scans)
        self.names = sorted({*self.split.train, *(name for name in scans.rows if name.startswith("unnamed-"))})
        self.scans = scans.of(self.names)
        self.labels = torch.tensor([self.split.labels.get(name, 10**6 + place) for place, name in enumerate(self.names)])
        self.grounds = open_grounds(data / "backgrounds")
        self.network = EmbedderNetwork()
        freeze_early(self.network.backbone)
        self.network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(trained, lr=settings.rate, weight_decay=0.02)
        self.bank = torch.zeros(len(self.names), 768)
        self.near = torch.zeros(len(self.names), _NEAREST, dtype=torch.int64).share_memory_()
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
        self._refresh_bank()
        for pictures, numbers, clean in self._batches():
            loss = self._advance(pictures, numbers, clean)
            self.step += 1
            if self.step % 20 == 0:
                self._log(loss=round(loss, 4), minutes=round((time.monotonic() - started) / 60, 2))
            if self.step % 400 == 0:
                self._refresh_bank()
            if time.monotonic() - saved > 180:
                self._save()
                saved = time.monotonic()
            if time.monotonic() - started > self.settings.minutes * 60:
                break
        self._save()
        weights = self.out / "embedder.pt"
        save_checkpoint(weights, {"network": self.average.state_dict(), "settings": asdict(self.settings), "step": self.step})
        return weights

    def _batches(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        batches = _Batches(self.scans, self.names, self.grounds, self.near, self.settings)
        loader: DataLoader[Any] = DataLoader(
            batches, batch_size=None, sampler=range(self.step, self.settings.steps), num_workers=1, prefetch_factor=4
        )
        yield from loader

    def _advance(self, pictures: Tensor, numbers: Tensor, clean: Tensor) -> float:
        self.network.train()
        hold_statistics(self.network.backbone)
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16):
            vectors = self.network(normalise(pictures))
        loss = contrastive(vectors, self.labels[numbers], self.bank, self.labels, self.settings.temperature)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self._follow()
        self.bank[numbers[clean]] = vectors.detach()[clean]
        return float(loss.detach())

    def _rate(self) -> float:
        warm = min(self.step / 50, 1.0)
        return self.settings.rate * warm * (0.5 + 0.5 * math.cos(math.pi * self.step / self.settings.steps))

    def _follow(self) -> None:
        """Exponential moving average of the weights, quick at first."""
        keep = min(self.settings.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.network.parameters(), strict=True):
                slow.lerp_(fast, 1 - keep)

    @torch.no_grad()
    def _refresh_bank(self) -> None:
        """Embed every training scan anew, and find each card's nearest others."""
        size = input_size(self.settings, self.step)
        for start in range(0, len(self.names), 64):
            names = self.names[start : start + 64]
            crops = np.stack([flat_crop(self.scans.pixels[self.scans.rows[name][0]], size) for name in names])
            with torch.autocast("cpu", torch.bfloat16):
                self.bank[start : start + len(names)] = self.network.eval()(normalise(torch.from_numpy(crops)))
        close = self.bank @ self.bank.T
        close[self.labels[:, None] == self.labels[None]] = -1
        self.near[:] = close.topk(_NEAREST, dim=1).indices

    def _save(self) -> None:
        state = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        save_checkpoint(self.out / "checkpoint.pt", {**state, "optimiser": self.optimiser.state_dict(), "step": self.step})

    def _log(self, **figures: float) -> None:
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps({"step": self.step, "rate": round(self._rate(), 7), **figures}) + "\n")


def split_scans(scans: Scans) -> Split:
    """Split the named cards of the main scans folder."""
    rows = [row for row, record in enumerate(scans.records) if record.source == "scans"]
    names = [scans.records[row].card_id for row in rows]
    return split_cards(names, artwork_groups([scans.pixels[row] for row in rows], names))
