"""Frames with one drawn card where a test wants it."""

from __future__ import annotations

import functools

import numpy as np

from cardlens.recognition.picture import decode
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED
from cardlens.training.simulator.crops import place
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.surfaces import Surface

WIDE, HIGH = 640, 360


@functools.cache
def demo_card(number: int) -> Bytes:
    """The picture of one of the twelve demo cards, small."""
    return np.ascontiguousarray(
        decode(BUNDLED / "demo" / "cards" / f"demo-{number}.webp", at_least=None).pixels[::2, ::2]
    )


@functools.cache
def _ground() -> Bytes:
    return np.repeat(np.random.default_rng(4).integers(60, 90, (HIGH, WIDE, 1)), 3, axis=2).astype(np.uint8)


def frame(*cards: tuple[int, Points]) -> Bytes:
    """(360, 640, 3): a speckled table, and on it demo cards, each in its quad, later ones over earlier ones."""
    canvas = _ground().copy()
    for number, quad in cards:
        picture = demo_card(number)
        rows, columns = picture.shape[:2]
        place(canvas, Surface(picture, np.full((rows, columns), 255, np.uint8), (0, 0, columns, rows)), quad)
    return canvas


def at(x: float, y: float, wide: float = 130.0, angle: float = 0.0) -> Points:
    """A quad about (x, y)."""
    return card_at(x, y, wide, angle)
