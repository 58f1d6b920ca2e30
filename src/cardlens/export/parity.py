"""Do the forms of one model agree: trained weights, ONNX, INT8, HEF? On retrieval against the truth, and on cosine.

A cosine of 0.99 says little: what counts is whether the nearest card stays the right one. Each form embeds database
and photos alike, as it would at work. Forms that describe parts are compared with parts, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from cardlens.errors import CardlensError
from cardlens.export.source import open_spec
from cardlens.recognition.embedder import Description, Embedder
from cardlens.recognition.local import CELLS, DEPTH, pack
from cardlens.recognition.matcher import Matcher
from cardlens.reference.nearest import Hits, search_every_row
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.networks import MEAN, STD, EmbedderNetwork

# the most that INT8 may lose of fp32's R@1, and the fewest photos of which one more or less is no more than that
GATE, GATE_PHOTOS = 0.002, 500


class Embeds(Protocol):
    """A form of the model."""

    def describe(self, crops: Sequence[Bytes]) -> Description:
        """Unit vectors of (h, w, 3) uint8 RGB crops and, where the form gives them, descriptors of their parts."""
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
    """R@1 of each form, and how far they agree; `photos` and `cards` say on how many.

    `recall` is by embedding alone; `with_parts` of the forms that have parts to compare.
    """

    recall: dict[str, float]
    agreements: tuple[Agreement, ...]
    photos: int
    cards: int
    with_parts: dict[str, float] = field(default_factory=dict)

    def lost(self, reference: str, form: str) -> float:
        """How much less R@1 `form` has, by embedding or with parts, 0..1; negative where it has more by both."""
        ways = [each for each in (self.recall, self.with_parts) if {reference, form} <= set(each)]
        return max(each[reference] - each[form] for each in ways)

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
        recall, with_parts = (
            {name: round(value, 5) for name, value in each.items()} for each in (self.recall, self.with_parts)
        )
        asked = {"photos": self.photos, "cards": self.cards}
        return asked | {"r1": recall, "r1_with_parts": with_parts, "cosine": agreements}


class TorchRuntime:
    """The trained network itself."""

    def __init__(self, file: Path) -> None:
        """Load weights that `cardlens train` wrote; raises `CardlensError` where there are none."""
        self._network = EmbedderNetwork(pretrained=False).eval()
        load_weights(self._network, file)

    @torch.no_grad()
    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32 -> (n, 768), and parts."""
        return [np.asarray(said, np.float32) for said in self._network.both(torch.from_numpy(batch))]


def load_weights(network: nn.Module, file: Path) -> None:
    """Load what a training run ended with; raises `CardlensError` where that is none, or of another network."""
    state = load_checkpoint(file)
    if state is None:
        raise CardlensError(f"{file}: no weights here; run `cardlens train` to its end first")
    try:
        network.load_state_dict(state["network"])
    except (KeyError, RuntimeError) as error:
        said = " ".join(str(error).split())[:160]
        raise CardlensError(f"{file}: not weights of this version of cardlens ({said}); train again") from error


def open_torch(file: Path, size: int) -> Embedder:
    """Open `embedder.pt` as an embedder of (size, size) crops."""
    return Embedder(TorchRuntime(file), ModelSpec(file.stem, "embed", size, size, MEAN, STD, 32, ""))


def open_onnx(file: Path, threads: int = 0) -> Embedder:
    """Open an `.onnx` file with its spec beside it."""
    spec = open_spec(file, "embed")
    return Embedder(OnnxRuntime(file, spec, threads), spec)


def compare(forms: Mapping[str, Embeds], trials: Trials) -> Parity:
    """Let each form describe everything, and compare."""
    recall, with_parts, vectors = {}, {}, {}
    truths = [str(truth) for truth in trials.truths]
    for name, form in forms.items():
        photos, cards = form.describe(trials.photos), _Cards(form.describe(trials.cards), trials.labels)
        vectors[name] = photos.vectors
        recall[name] = _recall(cards, Description(photos.vectors), truths)
        if photos.local is not None and photos.local.shape[1:] == (CELLS, CELLS, DEPTH):  # as databases keep them
            with_parts[name] = _recall(cards, photos, truths)
    agreements = tuple(_agreement(one, other, vectors) for one, other in combinations(vectors, 2))
    return Parity(recall, agreements, len(trials.photos), len(trials.cards), with_parts)


class _Cards:
    """The flat cards as one form sees them; cards of one artwork have one id."""

    def __init__(self, description: Description, labels: Sequence[int]) -> None:
        self._matrix = description.vectors
        self._description = description
        self.card_ids: Sequence[str] = [str(label) for label in labels]
        self.languages: Sequence[str] = ["en"] * len(self.card_ids)

    def search(self, vectors: Floats, k: int) -> Hits:
        return search_every_row(self._matrix, vectors, min(k, len(self._matrix)))

    def local(self, rows: Sequence[int]) -> Bytes | None:
        parts = self._description.local
        return None if parts is None else pack(parts[list(rows)])

    def metadata(self, card_id: str) -> Mapping[str, Any]:
        raise KeyError(card_id)

    def printings(self, card_id: str) -> tuple[str, ...]:
        return (card_id,)


def _recall(cards: _Cards, photos: Description, truths: Sequence[str]) -> float:
    matched = Matcher(cards).match(photos)
    right = [artworks[0].printings[0] == truth for artworks, truth in zip(matched, truths, strict=True)]
    return float(np.mean(right))


def check_gate(parity: Parity, reference: str, form: str) -> None:
    """Raise `CardlensError` where `form` loses more than the gate lets it, or has lost the description of parts."""
    if reference in parity.with_parts and form not in parity.with_parts:
        raise CardlensError(f"{form}: describes no parts, as {reference} does; export it again with both outputs")
    lost = parity.lost(reference, form)
    if lost > GATE + 1e-9:
        raise CardlensError(
            f"{form}: loses {lost * 100:.2f} points of R@1 against {reference} on {parity.photos:,} photos, "
            f"more than the {GATE * 100:.1f} that a release may; "
            "keep more layers in fp32, or calibrate on more crops (cardlens dataset calibration)"
        )


def _agreement(one: str, other: str, vectors: dict[str, Floats]) -> Agreement:
    cosines = (vectors[one] * vectors[other]).sum(axis=1)
    return Agreement(one, other, float(cosines.min()), float(np.percentile(cosines, 1)), float(np.median(cosines)))
