"""Resizing, warping and labelling of pixels, on Pillow and numpy alone: OpenCV would be half of the whole install.

Coordinates have the centre of the first pixel at (0, 0), as OpenCV has them.
"""

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
    """Return the (3, 3) matrix that takes four points (4, 2) to four others, no three of them on a line."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source.astype(np.float64), target.astype(np.float64), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(values)), 1.0).reshape(3, 3)


def move(points: Points, matrix: Homography) -> Points:
    """Take points (n, 2) through a homography."""
    moved = np.column_stack([points.astype(np.float64), np.ones(len(points))]) @ matrix.T
    return (moved[:, :2] / moved[:, 2:]).astype(np.float32)


def warp(pixels: Bytes, matrix: Homography, width: int, height: int) -> Bytes:
    """Cut (height, width, 3) out of (h, w, 3) uint8, bilinear; beyond the edge the edge goes on.

    `matrix` takes a point of the result to a point of `pixels`.
    """
    part, corner = _part(pixels, matrix, width, height)
    # Pillow has the corner of the first pixel at (0, 0), not its centre.
    half, back = _shift(0.5 - corner[0], 0.5 - corner[1]), _shift(-0.5, -0.5)
    shifted = half @ matrix @ back
    coefficients = tuple((shifted / shifted[2, 2]).ravel()[:8].tolist())
    image = Image.fromarray(part)
    cut = image.transform((width, height), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    return np.asarray(cut, np.uint8)


def _part(pixels: Bytes, matrix: Homography, width: int, height: int) -> tuple[Bytes, tuple[int, int]]:
    """Cut out what a warp looks at, with its edge repeated where it looks beyond; and where its corner lies."""
    corners = move(np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5, matrix)
    size = np.array([pixels.shape[1], pixels.shape[0]])
    # A corner thrown far away must not take the memory of all the pixels up to it.
    left, top = (int(value) for value in np.clip(np.floor(corners.min(axis=0)) - 2, -size, size - 1))
    right, bottom = (int(value) for value in np.clip(np.ceil(corners.max(axis=0)) + 3, [left + 1, top + 1], 2 * size))
    rows = np.clip(np.arange(top, bottom), 0, size[1] - 1)
    columns = np.clip(np.arange(left, right), 0, size[0] - 1)
    inside = left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
    part = pixels[top:bottom, left:right] if inside else pixels[rows[:, None], columns]
    return np.ascontiguousarray(part), (left, top)


def _shift(across: float, down: float) -> Homography:
    return np.array([[1, 0, across], [0, 1, down], [0, 0, 1]], np.float64)
