"""Metric learning of the embedder: scan against simulated photo, with hard neighbours and a bank of all scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from cardlens.errors import BadModel, CardlensError
from cardlens.runtimes.base import Bytes
from cardlens.training.checkpoint import load_checkpoint, named
from cardlens.training.local_loss import local_contrast
from cardlens.training.losses import contrastive
from cardlens.training.networks import DIMENSIONS, MEAN, STD, EmbedderNetwork
from cardlens.training.run import Batch, RunSettings, TrainingRun
from cardlens.training.simulator.crops import Wish, described_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.split import Split, artwork_groups, check_measurable, digest_of_names, split_cards

_NEAREST, _REFRESH, _LEAST_CARDS = 12, 400, 2
# photos to learn from: harder than those that figures are made of
_PHOTOS = Wish(cut=0.2, dim=0.12)


@dataclass(frozen=True, slots=True)
class EmbedderSettings(RunSettings):
    """What a run is made of; the bundled model's first stage had neither margin, local loss, cut-off nor dim photos.

    `steps` at `small` pixels come first and cost half as much; the rest run at `size`. A batch has `cards` cards at
    most, two pictures each. `margin` is what a card's other pictures must be nearer than any other card's, as a cosine;
    `local` is the weight of the local descriptors' loss.
    """

    seed: int = 1
    steps: int = 1360
    rate: float = 1.2e-3
    average: float = 0.997
    clip: float = 1.0
    weight_decay: float = 0.02
    threads: int = 1
    minutes: float = 600.0
    small_share: float = 0.77
    small: int = 160
    size: int = 224
    cards: int = 40
    temperature: float = 0.05
    margin: float = 0.1
    local: float = 0.5


@dataclass(frozen=True, slots=True)
class RefineSettings(EmbedderSettings):
    """Going on from weights that know cards already; the defaults made the bundled model from its first stage."""

    seed: int = 2
    steps: int = 1100
    rate: float = 6e-4
    small_share: float = 0.35


class _Batches(Dataset[Batch]):
    """Item `number` is a whole batch: pictures (2n, size, size, 3), card numbers (2n,), and which are clean scans."""

    def __init__(
        self, scans: Scans, names: list[str], grounds: list[Bytes], near: Tensor, settings: EmbedderSettings, parts: int
    ) -> None:
        self.scans, self.names, self.grounds, self.near, self.settings = scans, names, grounds, near, settings
        self.parts = parts

    def __len__(self) -> int:
        return self.settings.steps * self.parts

    def __getitem__(self, number: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.settings.seed, number])
        size = input_size(self.settings, number // self.parts)
        cards = self._choose(rng)
        ones = [self._photo(card, rng, size) for card in cards]
        clean = rng.random(len(cards)) < 0.5
        others = [
            self._scan(card, size) if flat else self._photo(card, rng, size)
            for card, flat in zip(cards, clean, strict=True)
        ]
        numbers = torch.from_numpy(np.concatenate([cards, cards]))
        flags = torch.from_numpy(np.concatenate([np.zeros(len(cards), bool), clean]))
        return torch.from_numpy(np.stack(ones + others)), numbers, flags

    def _choose(self, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Half at random, half near to those: what the model still takes for one another."""
        half = min(self.settings.cards // 2, len(self.names))
        first = rng.choice(len(self.names), half, replace=False)
        near = [int(self.near[card, rng.integers(self.near.shape[1])]) for card in first]
        return np.unique(np.concatenate([first, near]))

    def _photo(self, card: int, rng: np.random.Generator, size: int) -> Bytes:
        rows = self.scans.rows[self.names[card]]
        row = rows[int(rng.integers(len(rows)))]
        return described_crop(self.scans.pixels[row], rng, size, self.scans.pixels, self.grounds, _PHOTOS).pixels

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
    mean, std = (torch.tensor(values, device=pictures.device)[:, None, None] for values in (MEAN, STD))
    return ((pictures.permute(0, 3, 1, 2).float() - mean) / std).contiguous(memory_format=torch.channels_last)


class EmbedderRun(TrainingRun):
    """Learns to tell artworks apart: photos against each other, and against a bank of all training scans."""

    name = "embedder"
    stretch = _REFRESH

    def __init__(
        self, data: Path, cache: Path, out: Path, settings: EmbedderSettings, start: Path | None = None
    ) -> None:
        """Read scans from `data`, decoded once into `cache`; start from the weights `start`, else ImageNet's."""
        torch.manual_seed(settings.seed)
        network = EmbedderNetwork()
        if start:
            start_from(network, start)
        super().__init__(network, network.backbone, out, settings)
        self.settings = settings
        scans = open_scans(data, cache)
        split = split_scans(scans)
        check_measurable(split, data)
        self.names = sorted({*split.train, *(name for name in scans.rows if name.startswith("unnamed-"))})
        if len(self.names) < _LEAST_CARDS:
            raise CardlensError(f"{data}: {len(self.names)} cards to learn from, at least {_LEAST_CARDS} are needed")
        self.scans = scans.of(self.names)
        labels = [split.labels.get(name, 10**6 + place) for place, name in enumerate(self.names)]
        self.labels = torch.tensor(labels, device=self.device)
        self.grounds = open_grounds(data / "backgrounds")
        self.bank = torch.zeros(len(self.names), DIMENSIONS, device=self.device)
        self._seen: list[tuple[Tensor, Tensor]] = []
        self._start = named(start) if start else None
        self.near = torch.zeros(len(self.names), min(_NEAREST, len(self.names) - 1), dtype=torch.int64)
        self._taken_up = False

    def batches(self) -> Dataset[Batch]:
        """Photos and scans of random cards and of their nearest others."""
        return _Batches(self.scans, self.names, self.grounds, self.near, self.settings, self.batches_a_step)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """InfoNCE against batch and bank; the bank learns the scans of the batch."""
        pictures, numbers, clean = batch
        with self.autocast():
            vectors, places = self.network.both(normalise(pictures))  # type: ignore[operator]
        labels, settings = self.labels[numbers], self.settings
        whole = contrastive(vectors, labels, self.bank, self.labels, settings.temperature, settings.margin)
        local = local_contrast(places, labels)
        self._seen.append((numbers[clean], vectors.detach()[clean]))
        figures = {"loss": round(float(whole.detach()), 4), "local": round(float(local.detach()), 4)}
        return whole + settings.local * local, figures

    def after_step(self) -> None:
        """Bring the scans of a step's batches, of all processes, into the bank."""
        numbers, vectors = (torch.cat(part) for part in zip(*self._seen, strict=True))
        self.bank[self.processes.gathered(numbers)] = self.processes.gathered(vectors)
        self._seen.clear()

    def made_of(self) -> dict[str, Any]:
        """Settings, which cards are learnt from, and what it started with."""
        return super().made_of() | {"cards": digest_of_names(self.names), "start": self._start}

    def kept(self) -> dict[str, Tensor]:
        """The bank, which learns at every step, and the neighbours found at the beginning of the stretch."""
        return {"bank": self.bank, "near": self.near}

    def take_up(self, kept: dict[str, Tensor]) -> None:
        """Go on with both, where they are of as many cards."""
        if kept and kept["bank"].shape == self.bank.shape:
            self.bank, self.near = kept["bank"].to(self.device), kept["near"]
            self._taken_up = True

    @torch.no_grad()
    def before_stretch(self) -> None:
        """Embed every training scan anew, and find each card's nearest others."""
        if self._taken_up and self.step % self.stretch:
            return
        size = input_size(self.settings, self.step)
        for start in range(0, len(self.names), 64):
            names = self.names[start : start + 64]
            crops = np.stack([flat_crop(self.scans.pixels[self.scans.rows[name][0]], size) for name in names])
            with self.autocast():
                self.bank[start : start + len(names)] = self.network.eval()(
                    normalise(torch.from_numpy(crops).to(self.device))
                )
        self.find_near()

    def find_near(self) -> None:
        """Note which other artworks' scans are nearest to each card's in the bank."""
        close = self.bank @ self.bank.T
        close[self.labels[:, None] == self.labels[None]] = -1
        self.near = close.topk(self.near.shape[1], dim=1).indices.cpu()


def start_from(network: EmbedderNetwork, weights: Path) -> None:
    """Load what another run ended with; the local descriptors start anew where it had none."""
    state = load_checkpoint(weights)
    if state is None:
        raise BadModel(f"{weights}: no such weights; name the .pt file that `cardlens train embedder` wrote")
    try:
        network.load_state_dict(network.state_dict() | state["network"])
    except (KeyError, TypeError, RuntimeError) as error:
        said = " ".join(str(error).split())[:160]
        raise BadModel(f"{weights}: not what `cardlens train embedder` or `student` ended with ({said})") from error


def split_scans(scans: Scans) -> Split:
    """Split the named cards of the main scans folder."""
    rows = [row for row, record in enumerate(scans.records) if record.source == "scans"]
    names = [scans.records[row].card_id for row in rows]
    return split_cards(names, artwork_groups([scans.pixels[row] for row in rows], names))
