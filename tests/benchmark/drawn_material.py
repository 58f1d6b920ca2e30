"""Cards drawn by the tests, some of them held out, as the benchmark takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.benchmark.contender import NOBODY, Named, VectorContender
from cardlens.benchmark.material import Material
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.simulator.scans import Scans
from cardlens.training.split import Split
from tests.training.drawn_scans import drawn_grounds, drawn_scans

TRAIN = ("A1-1", "A1-2", "A1-3")
STRANGERS_FIRST, STRANGERS_SECOND = ("A3b-1", "A3b-2", "PROMO-B-1"), ("B2b-1", "base2-1", "base2-2")
HELD_OUT = (*STRANGERS_FIRST, *STRANGERS_SECOND)


@dataclass
class DrawnGallery:
    """The part of a database that the benchmark asks; A3b-1 and A3b-2 share an artwork."""

    card_ids: tuple[str, ...] = (*TRAIN, *HELD_OUT)

    def printings(self, card_id: str) -> tuple[str, ...]:
        return ("A3b-1", "A3b-2") if card_id in ("A3b-1", "A3b-2") else (card_id,)


def drawn_material() -> Material:
    """Nine cards, six of them held out, and a scan of a card that the gallery does not have."""
    scans: Scans = drawn_scans((*TRAIN, *HELD_OUT, "A9-9"))
    split = Split(TRAIN, (), HELD_OUT, {card_id: number for number, card_id in enumerate((*TRAIN, *HELD_OUT))})
    gallery: object = DrawnGallery()
    return Material(scans, split, drawn_grounds(), gallery)  # type: ignore[arg-type]


class Thumbnail(VectorContender):
    """Compares thumbnails; finds what it is told to find."""

    name = "thumbnail"
    about = "thumbnails"

    def __init__(self, quads: Sequence[Points] = ()) -> None:
        self.quads = quads

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        small = np.stack([crop[::16, ::16].astype(np.float32).reshape(-1) - 127 for crop in crops])
        return np.asarray(small / np.linalg.norm(small, axis=1, keepdims=True), np.float32)

    def find(self, photo: Bytes) -> list[Points]:
        return list(self.quads)


class Silent(Thumbnail):
    """Says nothing of any photo."""

    name = "silent"

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        return []
