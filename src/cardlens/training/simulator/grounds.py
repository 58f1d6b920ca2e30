"""What lies beneath the cards: tables, cloth, patterns, clutter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.errors import CardlensError
from cardlens.recognition.picture import decode
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.surfaces import ramp


def open_grounds(folder: Path, longest: int = 1280) -> list[Bytes]:
    """Decode every picture of a folder of backgrounds, at most `longest` pixels wide or high; what is none is let be.

    Raises `CardlensError` where there is no such folder.
    """
    if not folder.is_dir():
        raise CardlensError(f"{folder}: no such folder; give one with photos of tables and other grounds")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    return [decode(file, at_least=longest).pixels for file in files]


def draw_ground(rng: np.random.Generator, height: int, width: int, photos: Sequence[Bytes]) -> Bytes:
    """Return a (height, width, 3) uint8 RGB ground: part of a photo, or drawn."""
    kind = rng.random()
    if photos and kind < 0.4:
        return _part(photos[int(rng.integers(len(photos)))], rng, height, width)
    if kind < 0.65:
        return _grain(rng, height, width)
    if kind < 0.85:
        return _shade(rng, height, width)
    return _pattern(rng, height, width)


def _part(photo: Bytes, rng: np.random.Generator, height: int, width: int) -> Bytes:
    zoom = rng.uniform(0.25, 1.0)
    rows, columns = photo.shape[:2]
    side = max(int(min(rows, columns) * zoom), 8)
    top, left = int(rng.integers(0, rows - side + 1)), int(rng.integers(0, columns - side + 1))
    part = photo[top : top + side, left : left + side]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    part = np.rot90(part, int(rng.integers(4)))
    return np.asarray(cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _colour(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Any colour, but blacks, whites and browns more often, as tables and binders have them."""
    grey = rng.choice([15.0, 40.0, 128.0, 225.0, 250.0])
    saturation = rng.choice([0.0, 12.0, 60.0, 120.0])
    return np.asarray(np.clip(grey + rng.normal(0, 1, 3) * saturation, 0, 255))


def _shade(rng: np.random.Generator, height: int, width: int) -> Bytes:
    line = ramp(height, width, rng.uniform(0, 2 * np.pi))[:, :, None]
    return np.asarray(
        _colour(rng) * (1 - line) + (_colour(rng) if rng.random() < 0.4 else _colour(rng) * 0.8) * line
    ).astype(np.uint8)


def _grain(rng: np.random.Generator, height: int, width: int) -> Bytes:
    """Wood, cloth, stone: noise at several scales, drawn out in one direction."""
    stretch = rng.choice([1.0, 1.0, 6.0, 20.0])
    total = np.zeros((height, width), np.float32)
    for scale in (2, 6, 20, 70):
        size = (max(int(width / scale / stretch), 2), max(int(height / scale), 2))
        noise = rng.normal(0, 1, (size[1], size[0])).astype(np.float32)
        total += cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR) * rng.uniform(0.1, 1)
    if rng.random() < 0.5:
        total = np.ascontiguousarray(cv2.resize(total.T, (width, height)))
    picture = _colour(rng) + total[:, :, None] * rng.uniform(2, 30) * rng.uniform(0.6, 1.2, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _pattern(rng: np.random.Generator, height: int, width: int) -> Bytes:
    """Tiles, stripes or rectangles of many colours, as prints, shelves and other packaging have them."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _colour(rng)
    kind = rng.integers(0, 3)
    if kind == 0:
        side = int(rng.integers(8, 80))
        tiles = (np.add.outer(np.arange(height) // side, np.arange(width) // side) % 2).astype(bool)
        picture[tiles] = _colour(rng)
    elif kind == 1:
        step = rng.uniform(6, 80)
        stripes = np.sin(ramp(height, width, rng.uniform(0, np.pi)) * (height + width) / step) > 0
        picture[stripes] = _colour(rng)
    else:
        for _ in range(int(rng.integers(5, 60))):
            x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
            w, h = (int(side) for side in rng.integers(5, max(width // 3, 6), 2))
            colour = tuple(float(channel) for channel in _colour(rng))
            if rng.random() < 0.5:
                cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1 if rng.random() < 0.7 else 3)
            else:
                cv2.ellipse(picture, (x, y), (w, h), float(rng.uniform(0, 180)), 0, 360, colour, -1)
    return picture
