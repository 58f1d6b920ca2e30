"""Drawing for the demo cards: soft closed curves, shaded and outlined, on a canvas of unit coordinates."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.runtimes.base import Bytes, Floats

Colour = tuple[int, int, int]
Curve = npt.NDArray[np.float64]

_SUBPIXEL = 4  # bits that OpenCV reads as a fraction of a pixel


def oval(x: float, y: float, wide: float, high: float, turn: float = 0.0) -> Curve:
    """An ellipse around (x, y), half axes `wide` and `high`, turned clockwise by `turn` degrees: (64, 2)."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.asarray(np.column_stack([wide * np.cos(angle), high * np.sin(angle)]) @ _rotation(turn) + [x, y])


def soft(*points: tuple[float, float]) -> Curve:
    """A closed smooth curve through the points (Catmull-Rom)."""
    known = np.array(points, np.float64)
    steps = np.linspace(0, 1, 12, endpoint=False)[:, None]
    before, start, end, after = (np.roll(known, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    bend = 2 * before - 5 * start + 4 * end - after
    twist = -before + 3 * start - 3 * end + after
    return np.asarray(0.5 * (2 * start + (end - before) * steps + bend * steps**2 + twist * steps**3)).reshape(-1, 2)


def sharp(*points: tuple[float, float]) -> Curve:
    """A polygon."""
    return np.array(points, np.float64)


def mirrored(curve: Curve) -> Curve:
    """The same on the other side of the middle."""
    return curve * [-1.0, 1.0]


def _rotation(degrees: float) -> Curve:
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


class Sketch:
    """A picture to draw on; x runs from -1 to 1 over the height's worth of pixels, y from -1 (top) to 1."""

    def __init__(self, ground: Bytes) -> None:
        """Draw on `ground` (h, w, 3) uint8 RGB, which is kept as it is."""
        self.pixels: Bytes = ground.copy()
        self._scale = ground.shape[0] / 2
        self._middle = np.array([ground.shape[1] / 2, ground.shape[0] / 2])

    def fill(self, curve: Curve, colour: Colour, opacity: float = 1.0, shade: float = 0.32) -> None:
        """Fill a curve, lit from above: brighter at its top, darker at its bottom by `shade`."""
        high, wide = self.pixels.shape[:2]
        fine = curve * self._scale + self._middle
        left, top = np.clip(np.floor(fine.min(axis=0)).astype(int) - 1, 0, [wide, high])
        right, bottom = np.clip(np.ceil(fine.max(axis=0)).astype(int) + 2, 0, [wide, high])
        if left >= right or top >= bottom:
            return
        mask = _mask(fine - [left, top], int(right - left), int(bottom - top)) * opacity
        reach = float(np.ptp(fine[:, 1])) or 1.0
        rows = np.clip((np.arange(top, bottom) - fine[:, 1].min()) / reach, 0, 1).astype(np.float32)
        painted = np.clip(np.asarray(colour, np.float32) * (1 + shade * (0.55 - rows))[:, None, None], 0, 255)
        part = self.pixels[top:bottom, left:right]
        part[...] = (part + (painted - part) * mask[..., None]).astype(np.uint8)

    def line(self, curve: Curve, colour: Colour, thick: float = 0.016, closed: bool = True) -> None:
        """Draw along a curve; `thick` in units."""
        pixels = max(round(thick * self._scale), 1)
        cv2.polylines(
            self.pixels, [_fixed(curve * self._scale + self._middle)], closed, colour, pixels, cv2.LINE_AA, _SUBPIXEL
        )

    def shape(self, curve: Curve, colour: Colour, both: bool = False, shade: float = 0.32) -> None:
        """Fill a curve and draw its dark outline; `both`: also its mirror image."""
        outline = (round(colour[0] * 0.28), round(colour[1] * 0.26), round(colour[2] * 0.3))
        for side in (curve, mirrored(curve)) if both else (curve,):
            self.fill(side, colour, shade=shade)
            self.line(side, outline)

    def eyes(self, x: float, y: float, size: float, iris: Colour) -> None:
        """Two large eyes with a gleam."""
        for side in (-1, 1):
            self.shape(oval(side * x, y, size, size * 1.25), (250, 250, 250), shade=0.1)
            self.fill(oval(side * x * 0.94, y + size * 0.15, size * 0.66, size * 0.9), iris)
            self.fill(oval(side * x * 0.94, y + size * 0.2, size * 0.36, size * 0.52), (18, 16, 24))
            self.fill(oval(side * x * 0.94 - size * 0.22, y - size * 0.25, size * 0.24, size * 0.28), (255, 255, 255))


def _mask(curve: Curve, width: int, height: int) -> Floats:
    """How much of each pixel lies in the curve, 0..1."""
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [_fixed(curve)], 255, cv2.LINE_AA, _SUBPIXEL)
    return mask.astype(np.float32) / np.float32(255)


def _fixed(curve: Curve) -> npt.NDArray[np.int32]:
    return np.asarray(np.round(curve * 2**_SUBPIXEL), np.int32)
