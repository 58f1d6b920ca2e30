"""Do the forms of one model agree: trained weights, ONNX, INT8, HEF? On retrieval against the truth, and on cosine.

A cosine of 0.99 says little: what counts is whether the nearest card stays the right one. Each form embeds database
and photos alike, as it would at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from cardlens.errors import CardlensError
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.networks import MEAN, STD, EmbedderNetwork

# the most that INT8 may lose of fp32's R@1
GATE = 0.002
_BATCH = 64


class Embeds(Protocol):
    """A form of the model."""

    def embed(self, crops: Sequence[Bytes]) -> Floats:
        """(h, w, 3) uint8 RGB crops -> (n, 768) float32 unit vectors."""
        ...


@dataclass(frozen=True, slots=True)
class Trials:
    """What every form is asked: flat cards to be named, photos of some of them, and which is which.

    `cards` and `photos` are crops of the model's input size; `labels` and `truths` are equal where the artwork is.
    """

    cards: Sequence[Bytes]
    labels: Sequence[int]
    photos: Sequence[Bytes]
    truths: Sequence[int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Cosines between the photos' vectors by two forms."""

    one: str
    other: str
    least: float
    percentile_1: float
    median: float


@dataclass(frozen=True, slots=True)
class Parity:
    """R@1 of each form, and how far they agree; `photos` and `cards` say on how many."""

    recall: dict[str, float]
    agreements: tuple[Agreement, ...]
    photos: int
    cards: int

    def lost(self, reference: str, form: str) -> float:
        """How much less R@1 `form` has, 0..1; negative where it has more."""
        return self.recall[reference] - self.recall[form]

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        agreements = [
            {
                "between": [one.one, one.other],
                "least": round(one.least, 5),
                "percentile_1": round(one.percentile_1, 5),
                "median": round(one.median, 5),
            }
            for one in self.agreements
        ]
        recall = {name: round(value, 5) for name, value in self.recall.items()}
        return {"photos": self.photos, "cards": self.cards, "r1": recall, "cosine": agreements}


class TorchRuntime:
    """The trained network itself."""

    def __init__(self, file: Path) -> None:
        """Load weights that `cardlens train` wrote; raises `CardlensError` where there are none."""
        state = load_checkpoint(file)
        if state is None:
            raise CardlensError(f"{file}: no weights here; give the embedder.pt of a training run")
        self._network = EmbedderNetwork(pretrained=False).eval()
        self._network.load_state_dict(state["network"])

    @torch.no_grad()
    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32 -> (n, 768)."""
        return [np.asarray(self._network(torch.from_numpy(batch)), np.float32)]


def open_torch(file: Path, size: int) -> Embedder:
    """Open `embedder.pt` as an embedder of (size, size) crops."""
    return Embedder(TorchRuntime(file), ModelSpec(file.stem, "embed", size, size, MEAN, STD, 32, ""))


def open_onnx(file: Path, threads: int = 0) -> Embedder:
    """Open an `.onnx` file with its spec beside it."""
    spec = ModelSpec.load(file.with_suffix(".json"))
    return Embedder(OnnxRuntime(file, spec, threads), spec)


def compare(forms: dict[str, Embeds], trials: Trials) -> Parity:
    """Let each form embed everything, and compare."""
    recall, vectors = {}, {}
    labels, truths = np.asarray(trials.labels), np.asarray(trials.truths)
    for name, form in forms.items():
        vectors[name] = _embed(form, trials.photos)
        nearest = (vectors[name] @ _embed(form, trials.cards).T).argmax(axis=1)
        recall[name] = float((labels[nearest] == truths).mean())
    agreements = tuple(_agreement(one, other, vectors) for one, other in combinations(vectors, 2))
    return Parity(recall, agreements, len(trials.photos), len(trials.cards))


def check_gate(parity: Parity, reference: str, form: str) -> None:
    """Raise `CardlensError` where `form` loses more than the gate lets it."""
    lost = parity.lost(reference, form)
    if lost > GATE + 1e-9:
        raise CardlensError(
            f"{form}: loses {lost * 100:.2f} points of R@1 against {reference} "
            f"({parity.recall[reference]:.2%} -> {parity.recall[form]:.2%} of {parity.photos:,} photos), "
            f"more than the {GATE * 100:.1f} that a release may; "
            "keep more layers in fp32, or calibrate on more crops (cardlens dataset calibration)"
        )


def _embed(form: Embeds, crops: Sequence[Bytes]) -> Floats:
    return np.concatenate([form.embed(crops[at : at + _BATCH]) for at in range(0, len(crops), _BATCH)])


def _agreement(one: str, other: str, vectors: dict[str, Floats]) -> Agreement:
    cosines = (vectors[one] * vectors[other]).sum(axis=1)
    return Agreement(one, other, float(cosines.min()), float(np.percentile(cosines, 1)), float(np.median(cosines)))
