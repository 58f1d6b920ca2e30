"""Small photos to try engines on: parts of the demo photo, each another, of a card."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.recognition.picture import decode
from cardlens.recognition.raster import resize
from cardlens.settings import BUNDLED

_WIDE, _HIGH = 400, 480
_ACROSS = 3  # the demo photo shows nine cards, three by three
_SHIFT = 0.03  # of its size, so that no photo is like another


def save_photos(folder: Path, count: int, seed: int = 5) -> None:
    """Write `count` JPEGs of 400 x 480 pixels; a seed gives the same ones."""
    whole = decode(BUNDLED / "demo" / "demo.jpg", at_least=None).pixels
    rng = np.random.default_rng(seed)
    high, wide = (size // _ACROSS for size in whole.shape[:2])
    for number in range(count):
        corner = (rng.integers(0, _ACROSS, 2) / _ACROSS + rng.uniform(-_SHIFT, _SHIFT, 2)) * whole.shape[:2]
        top, left = np.clip(corner.astype(int), 0, (whole.shape[0] - high, whole.shape[1] - wide)).tolist()
        part = np.ascontiguousarray(whole[top : top + high, left : left + wide])
        Image.fromarray(resize(part, _WIDE, _HIGH)).save(folder / f"{number:06d}.jpg", quality=90)
