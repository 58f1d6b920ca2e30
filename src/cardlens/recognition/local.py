"""Local descriptors: which parts of a crop look like the same parts of a scan.

An embedding sums up a whole card. Where glare, a finger or the photo's edge hides a part of it, the rest still agrees,
part by part, with the right scan and with no other: a geometric re-check of the nearest candidates that costs no
second network. A crop is upright and its corners are known to about one cell, so parts are compared where they lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cardlens.recognition.quad import Points
from cardlens.recognition.raster import homography
from cardlens.runtimes.base import Bytes, Floats

CELLS, DEPTH = 14, 16
# of one scan: two numbers of four bits a byte
BYTES = CELLS * CELLS * DEPTH // 2
# parts agree softly around this cosine, within so many cells
ALIKE, STEEP, REACH = 0.6, 12.0, 1
# four bits hold -7..7; numbers of a unit descriptor beyond 7 / 12 are rare
_LARGEST, _STEPS = 7, 12.0

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the parts of a crop agree with those of some scans, each (k,).

    Attributes:
        share: of the parts that look alike, 0..1.
        likeness: mean cosine of all parts.
    """

    share: Floats
    likeness: Floats


def units(maps: Floats) -> Floats:
    """The embedder's local maps (n, 16, 14, 14) -> unit descriptors (n, 14, 14, 16) float32."""
    lengths = np.linalg.norm(maps, axis=1, keepdims=True)
    return np.ascontiguousarray((maps / np.maximum(lengths, 1e-9)).transpose(0, 2, 3, 1), np.float32)


def pack(descriptors: Floats) -> Bytes:
    """Unit descriptors (n, 14, 14, 16) -> (n, BYTES) uint8, as reference databases keep them."""
    steps = np.clip(np.rint(descriptors * _STEPS), -_LARGEST, _LARGEST).astype(np.int8).reshape(len(descriptors), -1)
    nibbles = (steps + 8).astype(np.uint8)
    return np.asarray(nibbles[:, ::2] << 4 | nibbles[:, 1::2], np.uint8)


def unpack(packed: Bytes) -> Floats:
    """(n, BYTES) -> unit descriptors (n, 14, 14, 16), each number off by 1 / 24 at most."""
    nibbles = np.stack([packed >> 4, packed & 15], axis=2).astype(np.float32)
    steps = (nibbles - 8).reshape(len(packed), CELLS, CELLS, DEPTH)
    return np.asarray(steps / np.maximum(np.linalg.norm(steps, axis=3, keepdims=True), 1e-9), np.float32)


def agreement(one: Floats, others: Bytes, within: Mask | None = None) -> Agreement:
    """Compare the parts of a crop with the same parts of some scans.

    Args:
        one: (14, 14, 16) unit descriptors of the crop.
        others: (k, BYTES) of the scans, packed.
        within: (14, 14), the parts that lie within the photo; the others are not asked. None for all of them.
    """
    asked = np.ones((CELLS, CELLS), bool) if within is None or not within.any() else within
    best = _best_nearby(one, unpack(others))[:, asked]
    alike = 1 / (1 + np.exp((ALIKE - best) * STEEP))
    return Agreement(alike.mean(axis=1), best.mean(axis=1))


def _best_nearby(one: Floats, others: Floats) -> Floats:
    """(k, 14, 14): of each part, the best cosine within `REACH` cells of the other."""
    around = np.pad(others, ((0, 0), (REACH, REACH), (REACH, REACH), (0, 0)))
    moves = range(2 * REACH + 1)
    cosines = [
        np.einsum("khwd,hwd->khw", around[:, down : down + CELLS, right : right + CELLS], one)
        for down in moves
        for right in moves
    ]
    return np.asarray(np.max(cosines, axis=0), np.float32)


def cells_within(quad: Points, rows: int, columns: int) -> Mask:
    """(14, 14): the parts of a card whose middle lies within a picture of `rows` x `columns` pixels."""
    corners = np.array([[0, 0], [CELLS, 0], [CELLS, CELLS], [0, CELLS]], np.float32)
    across, down = np.meshgrid(np.arange(CELLS) + 0.5, np.arange(CELLS) + 0.5)
    middles = np.stack([across, down, np.ones_like(across)], axis=2) @ homography(corners, quad).T
    x, y = middles[:, :, 0] / middles[:, :, 2], middles[:, :, 1] / middles[:, :, 2]
    return np.asarray((x > -0.5) & (x < columns - 0.5) & (y > -0.5) & (y < rows - 0.5))
