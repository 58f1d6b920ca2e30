"""Videos to measure with: cards that pass, pile up or lie on a page, under a camera that shakes, with the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.simulator.crops import place
from cardlens.training.simulator.grounds import draw_ground
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.surfaces import Pictures, Surface, card_surface

WIDE, HIGH, RATE = 1280, 720, 30
Kind = Literal["passing", "belt", "pile", "cuts", "one", "nine"]
KINDS: tuple[Kind, ...] = ("passing", "belt", "pile", "cuts", "one", "nine")
# a card moved further between frames than this is smeared, in pixels
_SMEARED = 5.0
# of a card so much is in the frame when it counts as in view
_IN_VIEW = 0.9


@dataclass(frozen=True, slots=True)
class Shot:
    """One card's way through a film: `card` is its row among the pictures, `path` its quad at a time in seconds."""

    card: int
    begins: float
    ends: float
    path: Callable[[float], Points]


@dataclass(frozen=True, slots=True)
class Passed:
    """The truth about one card: from when to when it is in view, in seconds; None where it never quite was."""

    card: int
    in_view: float
    until: float


@dataclass(frozen=True, slots=True)
class Film:
    """What is to be rendered."""

    shots: tuple[Shot, ...]
    seconds: float
    seed: int

    def truth(self) -> list[Passed]:
        """When each card is in view, in the order in which they come."""
        passed = []
        for shot in self.shots:
            times = np.arange(shot.begins, min(shot.ends, self.seconds), 1 / RATE)
            seen = [float(at) for at in times if _inside(shot.path(float(at))) >= _IN_VIEW]
            if seen:
                passed.append(Passed(shot.card, seen[0], seen[-1]))
        return sorted(passed, key=lambda one: one.in_view)


def plan(kind: Kind, cards: Sequence[int], seed: int) -> Film:
    """Lay out a film of `cards`, rows of pictures, in the order given."""
    rng = np.random.default_rng([seed, 1])
    if kind in ("one", "nine"):
        return _lying(cards[: 1 if kind == "one" else 9], rng, seed)
    slot = {"passing": 3.0, "belt": 3.0, "pile": 1.5, "cuts": 2.0}[kind]
    shots = [_SHOTS[kind](card, slot * place_, rng) for place_, card in enumerate(cards)]
    return Film(tuple(shots), slot * len(cards) + 0.5, seed)


def frames(film: Film, pictures: Pictures, grounds: Sequence[Bytes], every: int = 1) -> Iterator[Bytes]:
    """Render (720, 1280, 3) uint8 RGB: every `every`th of 30 a second."""
    return frames_at(film, pictures, grounds, [number / RATE for number in range(0, int(film.seconds * RATE), every)])


def frames_at(film: Film, pictures: Pictures, grounds: Sequence[Bytes], times: Sequence[float]) -> Iterator[Bytes]:
    """Render (720, 1280, 3) uint8 RGB at some times, in seconds."""
    rng = np.random.default_rng([film.seed, 2])
    ground = draw_ground(rng, HIGH, WIDE, grounds)
    surfaces = {at: card_surface(pictures[shot.card], rng, plastic=0.3) for at, shot in enumerate(film.shots)}
    lens = _Lens(rng)
    for seconds in times:
        canvas = ground.copy()
        for at, shot in enumerate(film.shots):
            if shot.begins <= seconds < shot.ends:
                _lay(canvas, surfaces[at], shot, seconds)
        yield lens.take(canvas, round(seconds * RATE))


def write_film(film: Film, pictures: Pictures, grounds: Sequence[Bytes], file: Path) -> None:
    """Render into a video file (MPEG-4)."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDE, HIGH))
    try:
        for pixels in frames(film, pictures, grounds):
            writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    finally:
        writer.release()


class _Lens:
    """What the camera does, the same for a whole film but for its noise."""

    def __init__(self, rng: np.random.Generator) -> None:
        gain, cast = np.exp(rng.normal(-0.1, 0.2)), np.exp(rng.normal(0, 0.05, 3))
        self._colours = np.clip(np.arange(256)[:, None] * gain * cast, 0, 255).astype(np.uint8)[None]
        self._softness = float(rng.uniform(0.4, 1.0))
        spread = rng.uniform(1, 5)
        self._noise = [rng.normal(0, spread, (HIGH, WIDE)).astype(np.int16)[:, :, None] for _ in range(4)]

    def take(self, canvas: Bytes, number: int) -> Bytes:
        soft = cv2.GaussianBlur(canvas, (0, 0), self._softness)
        coloured = cv2.LUT(soft, self._colours).astype(np.int16)
        noise = np.roll(self._noise[number % 4], 37 * number, axis=1)
        return np.asarray(np.clip(coloured + noise, 0, 255), np.uint8)


def _lay(canvas: Bytes, surface: Surface, shot: Shot, seconds: float) -> None:
    """Lay a card where it is now; smeared where it moves fast, over half the time between frames."""
    now, soon = shot.path(seconds), shot.path(seconds + 0.5 / RATE)
    moved = float(np.abs(soon - now).max())
    if moved < _SMEARED:
        place(canvas, surface, now)
        return
    steps = int(min(2 + moved // _SMEARED, 5))
    total: Floats = np.zeros(canvas.shape, np.float32)
    for share in np.linspace(0, 1, steps):
        one = canvas.copy()
        place(one, surface, np.asarray(now + (soon - now) * share, np.float32))
        total += one
    canvas[:] = (total / steps).astype(np.uint8)


def _hand(rng: np.random.Generator, spread: float) -> Callable[[float], tuple[float, float]]:
    """How a hand trembles: a few slow swings, in pixels."""
    rates, starts, sizes = rng.uniform(0.3, 2.5, (3, 2)), rng.uniform(0, 6.3, (3, 2)), rng.uniform(0, spread, (3, 2))

    def sway(seconds: float) -> tuple[float, float]:
        x, y = (sizes * np.sin(2 * np.pi * rates * seconds + starts)).sum(axis=0)
        return float(x), float(y)

    return sway


def _tilted(quad: Points, lean: Floats) -> Points:
    """The quad, its corners moved by shares of its width: held at a slant."""
    return np.asarray(quad + lean * np.linalg.norm(quad[1] - quad[0]), np.float32)


def _ease(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


@dataclass(frozen=True, slots=True)
class _Way:
    """In from one side, held, out to another."""

    begins: float
    ends: float
    moving: float
    start: complex
    hold: complex
    end: complex
    wide: float
    angle: float
    lean: Floats
    sway: Callable[[float], tuple[float, float]]

    def at(self, seconds: float) -> Points:
        here = self.start + (self.hold - self.start) * _ease((seconds - self.begins) / self.moving)
        here += (self.end - self.hold) * _ease((seconds - self.ends + self.moving) / self.moving)
        x, y = self.sway(seconds)
        turned = self.angle + x / 300
        return _tilted(card_at(here.real + x, here.imag + y, self.wide + y / 2, turned), self.lean)


def _passing(card: int, begins: float, rng: np.random.Generator) -> Shot:
    """Held under the camera by a hand, and taken away."""
    wide = float(rng.uniform(220, 380))
    hold = complex(WIDE / 2 + rng.normal(0, 90), HIGH / 2 + rng.normal(0, 25))
    way = _Way(
        begins,
        begins + 2.9,
        float(rng.uniform(0.35, 0.6)),
        _outside(rng, wide),
        hold,
        _outside(rng, wide),
        wide,
        float(rng.normal(0, 0.15) + (np.pi if rng.random() < 0.15 else 0)),
        rng.normal(0, 0.02, (4, 2)).astype(np.float32),
        _hand(rng, 7),
    )
    return Shot(card, way.begins, way.ends, way.at)


def _belt(card: int, begins: float, rng: np.random.Generator) -> Shot:
    """Across the frame at one speed, left to right."""
    wide, angle, y = float(rng.uniform(230, 330)), float(rng.normal(0, 0.1)), HIGH / 2 + float(rng.normal(0, 40))
    taking = 3.2

    def at(seconds: float) -> Points:
        share = (seconds - begins) / taking
        return card_at(-wide + share * (WIDE + 2 * wide), y, wide, angle)

    return Shot(card, begins, begins + taking, at)


def _pile(card: int, begins: float, rng: np.random.Generator) -> Shot:
    """Laid on a pile, where it stays for good."""
    wide = 300.0 + float(rng.normal(0, 5))
    hold = complex(WIDE / 2 + rng.normal(0, 12), HIGH / 2 + rng.normal(0, 8))
    flat = np.zeros((4, 2), np.float32)
    start, angle, sway = _outside(rng, wide), float(rng.normal(0, 0.04)), _hand(rng, 0)
    way = _Way(begins, 1e9, float(rng.uniform(0.35, 0.5)), start, hold, hold, wide, angle, flat, sway)
    return Shot(card, begins, 1e9, way.at)


def _cut(card: int, begins: float, rng: np.random.Generator) -> Shot:
    """There from one frame to the next, in the same place as the one before."""
    sway = _hand(rng, 2)

    def at(seconds: float) -> Points:
        x, y = sway(seconds)
        return card_at(WIDE / 2 + x, HIGH / 2 + y, 330, 0.02)

    return Shot(card, begins, begins + 2.0, at)


_SHOTS: dict[str, Callable[[int, float, np.random.Generator], Shot]] = {
    "passing": _passing,
    "belt": _belt,
    "pile": _pile,
    "cuts": _cut,
}


def _lying(cards: Sequence[int], rng: np.random.Generator, seed: int) -> Film:
    """One card in the hand, or a page of nine, for ten seconds, after a second of nothing."""
    sway, wide = _hand(rng, 10), 330.0 if len(cards) == 1 else 150.0
    columns = 1 if len(cards) == 1 else 3

    def at(seconds: float, where: int) -> Points:
        x, y = sway(seconds)
        row, column = divmod(where, columns)
        middle = (WIDE / 2 + (column - (columns - 1) / 2) * 170 + x, HIGH / 2 + (row - (columns - 1) / 2) * 226 + y)
        return card_at(*middle, wide, x / 400)

    return Film(tuple(Shot(card, 1.0, 11.0, partial(at, where=where)) for where, card in enumerate(cards)), 11.0, seed)


def _outside(rng: np.random.Generator, wide: float) -> complex:
    """A place just out of the frame, on any side."""
    side = int(rng.integers(4))
    across, down = WIDE / 2 + float(rng.normal(0, 150)), HIGH / 2 + float(rng.normal(0, 60))
    away = wide * 0.95
    return (complex(-away, down), complex(WIDE + away, down), complex(across, -away), complex(across, HIGH + away))[
        side
    ]


def _inside(quad: Points) -> float:
    """Share of a quad that is in the frame."""
    frame = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float32)
    shared, _ = cv2.intersectConvexConvex(np.asarray(quad, np.float32), frame)
    return float(shared / max(cv2.contourArea(np.asarray(quad, np.float32)), 1.0))
