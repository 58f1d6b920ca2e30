"""Baseline: the card's outline, and a perceptual hash of 16 x 16 bits a colour channel."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cardlens.benchmark.contender import VectorContender
from cardlens.benchmark.contenders.contours import card_outlines
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats

_SIDE, _BITS = 64, 16


class ContourHash(VectorContender):
    """pHash (DCT, sign against the median) of each channel; bits as ±1, so that the dot product counts those alike."""

    name = "contour + pHash"
    about = "outlines by OpenCV, RGB perceptual hash of 3 x 16 x 16 bits, nearest by Hamming distance"
    mixes = False  # bits

    def find(self, photo: Bytes) -> list[Points]:
        """Outlines of a card's proportions."""
        return card_outlines(photo)

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(n, 768) float32, each ±1 / sqrt(768)."""
        return np.stack([_bits(crop) for crop in crops]) / np.float32(np.sqrt(3 * _BITS * _BITS))


def _bits(crop: Bytes) -> Floats:
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    waves = np.stack([cv2.dct(small[:, :, channel])[:_BITS, :_BITS].reshape(-1) for channel in range(3)])
    # the first coefficient is the mean brightness, which says nothing and would move the median
    medians = np.median(waves[:, 1:], axis=1, keepdims=True)
    return np.where(waves > medians, np.float32(1), np.float32(-1)).reshape(-1)
