"""R@1 of a network in training: the same rendered photos of unseen cards, each to be found among all scans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from cardlens.runtimes.base import Bytes
from cardlens.training.devices import half_precision
from cardlens.training.embedder_training import flat_crop, normalise, split_scans
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans

_SEED, _BATCH = 20_260, 64


@dataclass(frozen=True, slots=True, eq=False)
class RecallTrial:
    """What is asked of every network alike.

    Attributes:
        photos: (q, size, size, 3) uint8, of cards that no network learns from.
        wanted: (q,) their artworks.
        scans: all pictures; those of `rows` (g,), of the artworks `shown` (g,), are the gallery.
    """

    photos: Bytes
    wanted: Tensor
    scans: Scans
    rows: list[int]
    shown: Tensor

    @classmethod
    def render(cls, data: Path, cache: Path, size: int, photos_a_card: int) -> RecallTrial:
        """Photograph the held-out and the validation cards of a data folder."""
        scans = open_scans(data, cache)
        split = split_scans(scans)
        unseen = [card_id for card_id in sorted({*split.held_out, *split.validation}) for _ in range(photos_a_card)]
        photos = _photograph(scans, unseen, size, open_grounds(data / "backgrounds"))
        rows = [row for row, record in enumerate(scans.records) if record.source == "scans"]
        shown = torch.tensor([split.labels[scans.records[row].card_id] for row in rows])
        return cls(photos, torch.tensor([split.labels[card_id] for card_id in unseen]), scans, rows, shown)

    def recall(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Share of photos whose artwork is the nearest, and among the five nearest; `network`: as in training."""
        size = self.photos.shape[1]
        network.eval()
        seen = _embed(network, list(self.photos), device)
        gallery = _embed(network, [flat_crop(self.scans.pixels[row], size) for row in self.rows], device)
        nearest = self.shown[(seen @ gallery.T).topk(min(5, len(gallery)), dim=1).indices]
        right = nearest == self.wanted[:, None]
        return {"recall@1": _share(right[:, 0]), "recall@5": _share(right.any(dim=1))}


def _share(right: Tensor) -> float:
    return round(float(right.float().mean()), 4)


def _photograph(scans: Scans, card_ids: list[str], size: int, grounds: list[Bytes]) -> Bytes:
    cv2.setNumThreads(1)
    photos = np.empty((len(card_ids), size, size, 3), np.uint8)
    for number, card_id in enumerate(card_ids):
        rng = np.random.default_rng([_SEED, number])
        photos[number] = photo_crop(scans.pixels[scans.rows[card_id][0]], rng, size, scans.pixels, grounds)
    return photos


@torch.no_grad()
def _embed(network: nn.Module, crops: list[Bytes], device: torch.device) -> Tensor:
    """(n, 768) float32, on the CPU."""
    parts = []
    for start in range(0, len(crops), _BATCH):
        batch = normalise(torch.from_numpy(np.stack(crops[start : start + _BATCH])).to(device))
        with torch.autocast(device.type, half_precision(device)):
            parts.append(network(batch).float().cpu())
    return torch.cat(parts)
