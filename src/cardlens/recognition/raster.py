"""Resizing, and the geometry of a plane seen at an angle, on Pillow and numpy alone: OpenCV is half an install."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats

Homography = npt.NDArray[np.float64]


def resize(pixels: Bytes, width: int, height: int) -> Bytes:
    """Resize (h, w, 3) or (h, w) uint8: averaged over areas where it shrinks, bilinear where it grows."""
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((width, height), _filter(pixels.shape, width, height)), np.uint8)


def resize_values(values: Floats, width: int, height: int) -> Floats:
    """Resize (h, w) float32, as `resize` does pixels."""
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(image.resize((width, height), _filter(values.shape, width, height)), np.float32)


def _filter(shape: tuple[int, ...], width: int, height: int) -> Image.Resampling:
    return Image.Resampling.BOX if width <= shape[1] and height <= shape[0] else Image.Resampling.BILINEAR


def homography(source: Points, target: Points) -> Homography:
    """Return the (3, 3) matrix that takes four points (4, 2) to four others, or about, where three are in line."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source.astype(np.float64), target.astype(np.float64), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    system, wanted = np.array(rows), np.array(values)
    try:
        solution = np.linalg.solve(system, wanted)
    except np.linalg.LinAlgError:
        solution = np.linalg.lstsq(system, wanted, rcond=None)[0]
    return np.append(solution, 1.0).reshape(3, 3)


def move(points: Points, matrix: Homography) -> Points:
    """Take points (n, 2) through a homography."""
    moved = np.column_stack([points.astype(np.float64), np.ones(len(points))]) @ matrix.T
    return (moved[:, :2] / moved[:, 2:]).astype(np.float32)
