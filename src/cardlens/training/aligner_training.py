"""Training of the aligner on crops around cards in rendered scenes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Dataset

from cardlens.recognition.aligner import CROP_HEIGHT, CROP_WIDTH, REACH, crop_around, into_crop
from cardlens.recognition.quad import Points, area, iou, width
from cardlens.runtimes.base import Bytes
from cardlens.training.embedder_training import normalise
from cardlens.training.material import open_material
from cardlens.training.networks import AlignerNetwork
from cardlens.training.run import Batch, RunSettings, TrainingRun
from cardlens.training.simulator.scenes import Scene, draw_scene

# a card's size in the crop, in pixels: corners are asked for in parts of it
_SIZE = float(np.sqrt(CROP_WIDTH * CROP_HEIGHT) / REACH)
# less of a card in sight, or a narrower one, is not asked for
_VISIBLE, _NARROWEST = 0.5, 24.0
# crops of one scene: of a display of sixty only some cards, of a lone card several
_OF_A_SCENE = 6
# how far off quads are, in parts of the card's size: all equally often
_OFF = (0.012, 0.04, 0.1, 0.22)
# a quad that overlaps less with the card is another, one that overlaps less with every card is none
_THE_CARD, _NO_CARD = 0.3, 0.2
_FLIPPED, _ASTRAY = 0.12, 0.12


@dataclass(frozen=True, slots=True)
class AlignerSettings(RunSettings):
    """What a run is made of; the bundled model had other steps. `size` is the side of the scenes in pixels."""

    seed: int = 1
    steps: int = 6000
    rate: float = 1e-3
    average: float = 0.998
    clip: float = 5.0
    weight_decay: float = 0.01
    threads: int = 1
    minutes: float = 600.0
    crops: int = 32
    size: int = 512


@dataclass(frozen=True, slots=True)
class Sample:
    """A crop, where the corners are in it (8,), whether the card is upside down, and whether it is one."""

    pixels: Bytes
    corners: Points
    flipped: bool
    card: bool


def strayed(quad: Points, rng: np.random.Generator, off: float) -> Points:
    """Return a quad as a detector may have found it: shifted, stretched, turned, each corner a little elsewhere."""
    size = float(np.sqrt(area(quad)))
    centre = quad.mean(axis=0)
    turn = rng.normal(0, off)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * np.exp(rng.normal(0, off, 2))
    shifted = (quad - centre) @ matrix + centre + rng.normal(0, off, 2) * size
    return np.asarray(shifted + rng.normal(0, off * 0.6, (4, 2)) * size, np.float32)


def samples(scene: Scene, rng: np.random.Generator) -> Iterator[Sample]:
    """Draw quads as a detector may have found them in a scene, and say what the aligner should answer to each."""
    cards = [card.quad for card in scene.cards if card.visible >= _VISIBLE and width(card.quad) >= _NARROWEST]
    everything = [card.quad for card in scene.cards]
    for place in np.resize(rng.permutation(len(cards)), _OF_A_SCENE if cards else 0):
        off = float(rng.choice(_OFF))
        rough = strayed(cards[place], rng, off)
        if _is_card(rough, cards[place], everything):
            yield _sample(scene, rough, cards[place], flipped=rng.random() < _FLIPPED)
        if rng.random() < _ASTRAY:
            yield from _none(scene, strayed(cards[place], rng, 0.5), everything)
    for other in scene.others[:2]:
        yield from _none(scene, strayed(other, rng, 0.04), everything)


def _is_card(rough: Points, quad: Points, everything: list[Points]) -> bool:
    if not cv2.isContourConvex(np.round(rough * 8).astype(np.int32)):
        return False
    shared = iou(rough, quad)
    return shared >= _THE_CARD and shared >= max(iou(rough, other) for other in everything)


def _sample(scene: Scene, rough: Points, quad: Points, *, flipped: bool) -> Sample:
    if flipped:
        rough, quad = np.roll(rough, 2, axis=0), np.roll(quad, 2, axis=0)
    return Sample(crop_around(scene.pixels, rough), into_crop(quad, rough).reshape(8), flipped, card=True)


def _none(scene: Scene, rough: Points, everything: list[Points]) -> Iterator[Sample]:
    convex = cv2.isContourConvex(np.round(rough * 8).astype(np.int32))
    if convex and all(iou(rough, quad) < _NO_CARD for quad in everything):
        yield Sample(crop_around(scene.pixels, rough), np.zeros(8, np.float32), flipped=False, card=False)


class _Crops(Dataset[Batch]):
    """Item `step`: crops (n, 176, 128, 3) uint8, corners (n, 8), flipped (n, 1), card (n, 1)."""

    def __init__(self, pictures: list[Bytes], grounds: list[Bytes], settings: AlignerSettings) -> None:
        self.pictures, self.grounds, self.settings = pictures, grounds, settings

    def __len__(self) -> int:
        return self.settings.steps

    def __getitem__(self, step: int) -> Batch:
        cv2.setNumThreads(1)
        rng = np.random.default_rng([self.settings.seed, step])
        drawn: list[Sample] = []
        while len(drawn) < self.settings.crops:
            drawn += samples(draw_scene(rng, self.settings.size, self.pictures, self.grounds), rng)
        del drawn[self.settings.crops :]
        flipped = torch.tensor([[one.flipped] for one in drawn], dtype=torch.float32)
        card = torch.tensor([[one.card] for one in drawn], dtype=torch.float32)
        corners = torch.from_numpy(np.stack([one.corners for one in drawn]))
        return torch.from_numpy(np.stack([one.pixels for one in drawn])), corners, flipped, card


class AlignerRun(TrainingRun):
    """Learns where the corners are of a card that was found, and to tell cards from other things."""

    name = "aligner"

    def __init__(self, data: Path, cache: Path, out: Path, settings: AlignerSettings) -> None:
        """Read scans from `data`, decoded once into `cache`."""
        torch.manual_seed(settings.seed)
        network = AlignerNetwork()
        super().__init__(network, network.backbone, out, settings)
        self.settings = settings
        material = open_material(data, cache)
        self.scans, self.pictures, self.grounds = material.scans, material.pictures, material.grounds

    def batches(self) -> Dataset[Batch]:
        """Crops and what should be said of them."""
        return _Crops(self.pictures, self.grounds, self.settings)

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Mean distance of the corners in parts of the card's size, and two cross-entropies."""
        crops, corners, flipped, card = batch
        with self.autocast():
            said, said_flipped, said_card = self.network(normalise(crops))
        off = (said - corners).abs().mean(dim=1, keepdim=True) / _SIZE
        parts = {
            "corners": (off * card).sum() / card.sum().clamp(min=1),
            "flipped": functional.binary_cross_entropy_with_logits(said_flipped, flipped, card),
            "card": functional.binary_cross_entropy_with_logits(said_card, card),
        }
        total = parts["corners"] * 20 + parts["flipped"] + parts["card"]
        return total, {name: round(float(part.detach()), 4) for name, part in parts.items()}
