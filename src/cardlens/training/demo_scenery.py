"""Where the demo creatures live: a sky, a light in it, hills, and small things in the air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from cardlens.runtimes.base import Bytes
from cardlens.training.demo_sketch import Colour, Sketch, oval, sharp

Drifting = Literal["embers", "bubbles", "leaves", "sparks", "snow", "stars", "motes"]


@dataclass(frozen=True, slots=True)
class Scenery:
    """Colours of a landscape: sky above and below, hills from far to near; what drifts by; where the light is."""

    sky: tuple[Colour, Colour]
    hills: tuple[Colour, ...]
    drifting: Drifting
    light: tuple[float, float, float] = (0.8, -0.6, 0.3)


def landscape(scenery: Scenery, width: int, height: int, seed: int) -> Bytes:
    """Paint (height, width, 3) uint8 RGB; the same for the same seed."""
    random = np.random.default_rng(seed)
    sketch = Sketch(_sky(scenery.sky, width, height))
    x, y, size = scenery.light
    for ring, opacity in ((2.2, 0.12), (1.6, 0.16), (1.25, 0.25), (1.0, 0.9)):
        sketch.fill(oval(x, y, size * ring, size * ring), (255, 246, 214), opacity, shade=0.05)
    for depth, colour in enumerate(scenery.hills):
        _hill(sketch, colour, 0.15 + 0.28 * depth, width / height, random)
    _drift(sketch, scenery.drifting, width / height, random)
    grain = random.normal(0, 3.5, (height, width, 1)).astype(np.float32)
    grainy = sketch.pixels + cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None]
    return np.asarray(np.clip(grainy, 0, 255), np.uint8)


def _sky(colours: tuple[Colour, Colour], width: int, height: int) -> Bytes:
    share = np.linspace(0, 1, height)[:, None, None]
    mixed = np.asarray(colours[0]) * (1 - share) + np.asarray(colours[1]) * share
    return np.broadcast_to(mixed, (height, width, 3)).astype(np.uint8)


def _hill(sketch: Sketch, colour: Colour, top: float, reach: float, random: np.random.Generator) -> None:
    x = np.linspace(-reach, reach, 90)
    waves = np.zeros_like(x)
    for _ in range(4):
        waves += random.uniform(0.02, 0.1) * np.sin(x * random.uniform(1, 6) + random.uniform(0, 6.3))
    ridge = [(float(at), float(high)) for at, high in zip(x, top + waves, strict=True)]
    sketch.fill(sharp(*ridge, (reach, 1.1), (-reach, 1.1)), colour, shade=0.4)
    for _ in range(14):
        at = random.uniform(-reach, reach)
        darker = (round(colour[0] * 0.85), round(colour[1] * 0.85), round(colour[2] * 0.85))
        sketch.fill(oval(at, random.uniform(top + 0.15, 1.0), random.uniform(0.05, 0.25), 0.03), darker, 0.6)


def _drift(sketch: Sketch, kind: Drifting, reach: float, random: np.random.Generator) -> None:
    for _ in range(34):
        x, y = random.uniform(-reach, reach), random.uniform(-0.95, 0.8)
        size = random.uniform(0.015, 0.05)
        if kind == "bubbles":
            sketch.fill(oval(x, y, size, size), (236, 250, 255), 0.35)
            sketch.line(oval(x, y, size, size), (240, 252, 255), 0.008)
        elif kind == "leaves":
            sketch.fill(oval(x, y, size * 1.6, size * 0.7, random.uniform(0, 180)), (196, 220, 90), 0.9)
        elif kind == "sparks":
            sketch.line(
                sharp((x, y), (x + size, y + size), (x, y + size), (x + size, y + 2.4 * size)),
                (255, 250, 170),
                0.012,
                closed=False,
            )
        elif kind in ("stars", "motes"):
            _star(sketch, x, y, size * (0.9 if kind == "stars" else 0.5))
        else:
            colour = (255, 190, 80) if kind == "embers" else (255, 255, 255)
            sketch.fill(oval(x, y, size * 0.6, size * 0.6), colour, 0.85)


def _star(sketch: Sketch, x: float, y: float, size: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    radius = np.where(np.arange(8) % 2 == 0, size, size * 0.3)
    sketch.fill(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]), (255, 250, 220), 0.9)
