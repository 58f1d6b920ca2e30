"""Test doubles of the reference tests: a model that only looks at colours, drawn scans, a few made-up cards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from cardlens.recognition.embedder import Description
from cardlens.recognition.facts import Card, SetFacts
from cardlens.recognition.raster import resize
from cardlens.reference.catalogue import Catalogue
from cardlens.runtimes.base import Bytes, Floats, ModelSpec

MODEL = "a" * 64
OTHER_MODEL = "b" * 64
CARDS = ("tst-1", "tst-2", "tst-3", "tst-4")


def spec(digest: str = MODEL) -> ModelSpec:
    """Give the spec of a model that does not exist."""
    return ModelSpec("double", "embed", 88, 64, (0, 0, 0), (1, 1, 1), 1, digest)


class ColourEmbedder:
    """A test double of the embedder: 16 x 16 RGB cells are 768 numbers. It counts what it is given."""

    def __init__(self, digest: str = MODEL, stop_after: int | None = None, *, with_parts: bool = False) -> None:
        """`stop_after`: a number of scans after which it is interrupted."""
        self._with_parts = with_parts
        self.spec = spec(digest)
        self.seen = 0
        self._stop_after = stop_after

    def describe(self, crops: Sequence[Bytes]) -> Description:
        """(88, 64, 3) crops -> (n, 768), and where it was told to, parts."""
        assert all(crop.shape == (self.spec.height, self.spec.width, 3) for crop in crops)
        if self._stop_after is not None and self.seen + len(crops) > self._stop_after:
            raise KeyboardInterrupt
        self.seen += len(crops)
        cells = np.stack([resize(crop, 16, 16).reshape(-1) for crop in crops]).astype(np.float32)
        cells -= cells.mean(axis=1, keepdims=True)
        vectors = np.asarray(cells / np.linalg.norm(cells, axis=1, keepdims=True), np.float32)
        return Description(vectors, drawn_parts(vectors) if self._with_parts else None)


def drawn_parts(vectors: Floats) -> Floats:
    """Local descriptors (n, 14, 14, 16) that depend on the vectors alone."""
    numbers = vectors[:, np.arange(14 * 14 * 16) % 768].reshape(-1, 14, 14, 16) + np.float32(1e-3)
    return np.asarray(numbers / np.linalg.norm(numbers, axis=3, keepdims=True), np.float32)


class NoFacts:
    """Card facts that know nothing."""

    sets: Sequence[SetFacts] = ()

    def get(self, card_id: str) -> Card | None:
        return None


def drawn_scan(seed: int, text: int | None = None) -> Bytes:
    """Draw something card-like, (352, 256, 3): `seed` gives the picture, `text` (else the same) what is written."""
    image = Image.new("RGB", (256, 352), _colour(np.random.default_rng(seed)))
    pen = ImageDraw.Draw(image)
    _scribble(pen, np.random.default_rng(seed), (24, 48, 232, 172), 60)
    letters = np.random.default_rng(seed if text is None else 1000 + text)
    _scribble(pen, letters, (16, 14, 240, 40), 30)
    _scribble(pen, letters, (16, 184, 240, 336), 60)
    return np.asarray(image)


def with_sheen(pixels: Bytes) -> Bytes:
    """Lay a soft diagonal band of light over a scan, as a foil has it."""
    down, across = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
    light = 40 * np.sin((down + across) / 60)[..., None]
    return np.asarray(np.clip(pixels + light, 0, 255), np.uint8)


def save_scan(file: Path, pixels: Bytes) -> Path:
    """Write a PNG, whatever the suffix says, and its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(file, format="PNG")
    return file


def metadata_of(card_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Make up catalogue records."""
    records = []
    for card_id in card_ids:
        set_id, number = card_id.rsplit("-", 1)
        records.append({"id": card_id, "name": f"Card {number}", "set": set_id, "number": number, "rarity": "Common"})
    return records


def catalogue_of(card_ids: Sequence[str], folder: Path) -> Catalogue:
    """Make a catalogue that knows these cards only."""
    file = folder / "catalogue.json"
    file.write_text(json.dumps(metadata_of(card_ids)), encoding="utf-8")
    return Catalogue.open([file], NoFacts())


def no_progress(done: int, total: int) -> None:
    """Show nothing."""
    assert 0 <= done <= total


def _colour(random: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = random.integers(40, 216, 3).tolist()
    return red, green, blue


def _scribble(
    pen: ImageDraw.ImageDraw, random: np.random.Generator, box: tuple[int, int, int, int], strokes: int
) -> None:
    left, top, right, bottom = box
    for _ in range(strokes):
        xs = random.integers(left, right, 2).tolist()
        ys = random.integers(top, bottom, 2).tolist()
        pen.line([(xs[0], ys[0]), (xs[1], ys[1])], fill=_colour(random), width=int(random.integers(1, 6)))
