"""Small photos to try engines on: parts of the demo photo, each another, of a card or two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.recognition.picture import decode
from cardlens.recognition.raster import resize
from cardlens.settings import BUNDLED

_WIDE, _HIGH = 480, 540


def save_photos(folder: Path, count: int, seed: int = 5) -> None:
    """Write `count` JPEGs of 480 x 540 pixels; a seed gives the same ones."""
    whole = decode(BUNDLED / "demo" / "demo.jpg", at_least=None).pixels
    rng = np.random.default_rng(seed)
    high, wide = whole.shape[:2]
    for number in range(count):
        top, left = int(rng.integers(0, high // 2)), int(rng.integers(0, wide * 2 // 3))
        part = np.ascontiguousarray(whole[top : top + high // 2, left : left + wide // 3])
        Image.fromarray(resize(part, _WIDE, _HIGH)).save(folder / f"{number:06d}.jpg", quality=90)
