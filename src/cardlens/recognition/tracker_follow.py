"""Follows cards from frame to frame by their pictures: a fraction of the time that finding them anew takes.

Inverse compositional Lucas-Kanade (Baker and Matthews, IJCV 2004) with shift, turn and zoom, on a frame shrunk twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from cardlens.recognition.quad import Points
from cardlens.recognition.raster import homography, move
from cardlens.runtimes.base import Bytes, Floats

Places = npt.NDArray[np.complex128]

# long side of the finer of the two shrunk frames, in pixels: enough to place a card to a pixel or two of 720p
_FINE = 320
# points across and down a card at which it is compared; its very edge shows what lies beside it
_ACROSS, _DOWN, _EDGE = 14, 19, 0.06
# (level, whether it may turn and grow, steps): a shift first, for with turn and zoom a long one is lost
_STEPS = ((1, False, 5), (1, True, 4), (0, True, 3))
# a card that is this far out of the frame is not followed
_LEAST_INSIDE = 0.4


@dataclass(frozen=True, slots=True)
class Shrunk:
    """A frame to follow in: `levels` (h, w) float32 grey, fine and coarse; `scales`: frame pixels for one of theirs."""

    levels: tuple[Floats, ...]
    scales: tuple[float, ...]
    size: tuple[int, int]

    @classmethod
    def of(cls, pixels: Bytes) -> Shrunk:
        """Shrink (H, W, 3) uint8 RGB by whole numbers."""
        rows, columns = pixels.shape[:2]
        by = max(round(max(rows, columns) / _FINE), 1)
        fine = Image.fromarray(pixels).reduce(by).convert("L")
        coarse = fine.reduce(2)
        levels = tuple(np.asarray(level, np.float32) for level in (fine, coarse))
        return cls(levels, (float(by), float(2 * by)), (columns, rows))

    def at(self, level: int, places: Places) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Grey at `places` (any shape, x + iy in frame pixels), bilinear, and which of them the frame holds."""
        grey, scale = self.levels[level], self.scales[level]
        high, wide = grey.shape
        x, y = (places.real + 0.5) / scale - 0.5, (places.imag + 0.5) / scale - 0.5
        inside = (x >= -0.5) & (y >= -0.5) & (x <= wide - 0.5) & (y <= high - 0.5)
        x, y = np.clip(x, 0, wide - 1.001), np.clip(y, 0, high - 1.001)
        left, top = x.astype(np.intp), y.astype(np.intp)
        right_share, low_share = (x - left).astype(np.float32), (y - top).astype(np.float32)
        flat, first = grey.reshape(-1), top * wide + left
        above = flat[first] * (1 - right_share) + flat[first + 1] * right_share
        below = flat[first + wide] * (1 - right_share) + flat[first + wide + 1] * right_share
        return np.asarray(above * (1 - low_share) + below * low_share, np.float32), inside


@dataclass(frozen=True, slots=True)
class _Level:
    """A card's look at one size: `grey` (n,) normalised, `slopes` (n, 4) its change with turn, zoom and shift."""

    grey: Floats
    slopes: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Template:
    """What a card looked like where it was last found: at `places` (n,) about `centre`, `size` pixels large."""

    places: Places
    centre: complex
    size: float
    quad: Points
    levels: tuple[_Level, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a card went; `likeness` -1..1 is the correlation of what is there with what the card looked like."""

    quad: Points
    likeness: float


def template(shrunk: Shrunk, quad: Points) -> Template:
    """Remember the card in `quad` (4, 2) of a frame."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    u, v = np.meshgrid(np.linspace(_EDGE, 1 - _EDGE, _ACROSS), np.linspace(_EDGE, 1 - _EDGE, _DOWN))
    points = move(np.column_stack([u.ravel(), v.ravel()]).astype(np.float32), homography(unit, quad))
    places = points[:, 0] + 1j * points[:, 1].astype(np.float64)
    centre = complex(places.mean())
    size = float(np.abs(places - centre).max())
    levels = tuple(_level(shrunk, level, places, (places - centre) / size) for level in range(2))
    return Template(places, centre, size, quad.copy(), levels)


def resemblance(one: Template, other: Template) -> float:
    """Correlation of two looks of a card, each in its own place, -1..1: far off where they are two cards."""
    return float((one.levels[1].grey * other.levels[1].grey).mean())


def _level(shrunk: Shrunk, level: int, places: Places, away: Places) -> _Level:
    grey, _ = shrunk.at(level, places)
    step = shrunk.scales[level]
    across = (shrunk.at(level, places + step)[0] - shrunk.at(level, places - step)[0]) / (2 * step)
    down = (shrunk.at(level, places + 1j * step)[0] - shrunk.at(level, places - 1j * step)[0]) / (2 * step)
    spread = max(float(grey.std()), 1.0)
    slopes = np.column_stack(
        [across * away.real + down * away.imag, down * away.real - across * away.imag, across, down]
    )
    return _Level(np.asarray((grey - grey.mean()) / spread, np.float32), slopes.astype(np.float64) / spread)


def follow(templates: Sequence[Template], shrunk: Shrunk, shifts: Sequence[complex]) -> list[Followed]:
    """Find again every card of `templates`, starting from where `shifts` (frame pixels) suppose that they went."""
    if not templates:
        return []
    away = np.stack([one.places - one.centre for one in templates])
    centres = np.array([one.centre for one in templates])
    sizes = np.array([one.size for one in templates])
    turns, moved = np.ones(len(templates), np.complex128), np.asarray(shifts, np.complex128)
    for level, turning, steps in _STEPS:
        for _ in range(steps):
            grey, inside = _seen(shrunk, level, centres, turns, moved, away)
            change = _step(templates, level, grey, inside, turning=turning)
            turn = 1 + (change[:, 0] + 1j * change[:, 1]) / sizes
            turns, moved = turns / turn, moved - turns * (change[:, 2] + 1j * change[:, 3]) / turn
    likeness = _likeness(templates, *_seen(shrunk, 0, centres, turns, moved, away))
    return [Followed(_carried(one, turns[at], moved[at]), float(likeness[at])) for at, one in enumerate(templates)]


def _seen(
    shrunk: Shrunk, level: int, centres: Places, turns: Places, moved: Places, away: Places
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Grey (k, n) where the points of each card should be now, normalised over those that the frame holds."""
    grey, inside = shrunk.at(level, (centres + moved)[:, None] + turns[:, None] * away)
    count = np.maximum(inside.sum(axis=1, keepdims=True), 1)
    mean = (grey * inside).sum(axis=1, keepdims=True) / count
    spread = np.sqrt((((grey - mean) * inside) ** 2).sum(axis=1, keepdims=True) / count)
    return np.asarray((grey - mean) / np.maximum(spread, 1.0), np.float32), inside


def _step(
    templates: Sequence[Template], level: int, grey: Floats, inside: npt.NDArray[np.bool_], *, turning: bool
) -> npt.NDArray[np.float64]:
    """One step of Gauss and Newton for every card at once: (k, 4) turn and zoom, shift in x and y."""
    slopes = np.stack([one.levels[level].slopes for one in templates]) * inside[:, :, None]
    if not turning:
        slopes[:, :, :2] = 0.0
    off = (grey - np.stack([one.levels[level].grey for one in templates])) * inside
    curvature = slopes.transpose(0, 2, 1) @ slopes + 1e-3 * np.eye(4)
    change = np.linalg.solve(curvature, slopes.transpose(0, 2, 1) @ off[:, :, None])[:, :, 0]
    return np.where(inside.mean(axis=1)[:, None] >= _LEAST_INSIDE, change, 0.0)


def _likeness(templates: Sequence[Template], grey: Floats, inside: npt.NDArray[np.bool_]) -> Floats:
    remembered = np.stack([one.levels[0].grey for one in templates]) * inside
    length = np.sqrt((remembered**2).sum(axis=1) * ((grey * inside) ** 2).sum(axis=1))
    alike = (remembered * grey * inside).sum(axis=1) / np.maximum(length, 1e-6)
    return np.where(inside.mean(axis=1) >= _LEAST_INSIDE, alike, 0.0).astype(np.float32)


def _carried(one: Template, turn: complex, moved: complex) -> Points:
    corners = one.quad[:, 0] + 1j * one.quad[:, 1].astype(np.float64)
    there = one.centre + moved + turn * (corners - one.centre)
    return np.column_stack([there.real, there.imag]).astype(np.float32)
