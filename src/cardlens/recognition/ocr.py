"""Lines of printed text in an upright strip of a card."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from cardlens.runtimes.base import Bytes, Floats
from cardlens.runtimes.text import TextModels

# The model marks the core of a line; PP-OCR grows it by area x 1.6 / perimeter to the whole letters.
_IS_TEXT, _IS_LINE, _GROWTH = 0.3, 0.5, 1.6
_LINE_HEIGHT, _STRIDE, _SMALLEST = 48, 32, 4


@dataclass(frozen=True, slots=True)
class Box:
    """Where a line of text is, in pixels of the strip."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Line:
    """A recognised line. `confidence`: mean probability of its letters, 0..1."""

    text: str
    confidence: float
    box: Box


class Ocr:
    """Finds and recognises lines that run left to right, as they do in an upright card."""

    def __init__(self, models: TextModels) -> None:
        """Use loaded text models."""
        self._models = models

    def find(self, pixels: Bytes, scale: float = 1.0) -> list[Box]:
        """Lines in (h, w, 3) RGB, looked for at `scale` of its size (large print needs less), boxes at full size."""
        height, width = pixels.shape[:2]
        size = (_padded(width * scale), _padded(height * scale))
        resized = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        probability = self._models.detect(_as_batch(np.asarray(resized, np.uint8)))[0]
        return _boxes(probability, width / size[0], height / size[1], (height, width))

    def recognise(self, pixels: Bytes, boxes: Iterable[Box]) -> list[Line]:
        """Read each box of (h, w, 3) RGB; a box without any letter is left out."""
        lines = (self._recognise(pixels, box) for box in boxes)
        return [line for line in lines if line.text]

    def _recognise(self, pixels: Bytes, box: Box) -> Line:
        crop = pixels[box.top : box.bottom, box.left : box.right]
        width = max(math.ceil(_LINE_HEIGHT * box.width / box.height), _LINE_HEIGHT)
        resized = cv2.resize(crop, (width, _LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        probabilities = self._models.recognise(_as_batch(np.asarray(resized, np.uint8)))[0]
        text, confidence = collapse(probabilities, self._models.alphabet)
        return Line(text, confidence, box)


def collapse(probabilities: Floats, alphabet: tuple[str, ...]) -> tuple[str, float]:
    """Greedy CTC: (steps, classes) -> text, and the mean probability of its letters (0 where there is none)."""
    best = probabilities.argmax(axis=1)
    fresh = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
    letters = "".join(alphabet[at] for at in best[fresh])
    text = letters.strip()
    return text, float(probabilities.max(axis=1)[fresh].mean()) if text else 0.0


def _as_batch(pixels: Bytes) -> Floats:
    bgr = pixels[:, :, ::-1].astype(np.float32) / 127.5 - 1
    return np.ascontiguousarray(bgr.transpose(2, 0, 1)[None])


def _padded(side: float) -> int:
    return max(round(side / _STRIDE), 1) * _STRIDE


def _boxes(probability: Floats, across: float, down: float, shape: tuple[int, int]) -> list[Box]:
    mask = cv2.dilate((probability > _IS_TEXT).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    boxes = []
    for label in range(1, count):
        left, top, width, height = (int(value) for value in stats[label, :4])
        region = np.s_[top : top + height, left : left + width]
        if height < _SMALLEST or width < _SMALLEST or probability[region][labels[region] == label].mean() < _IS_LINE:
            continue
        grown = width * height * _GROWTH / (2 * (width + height))
        boxes.append(
            _clipped(left - grown, top - grown, left + width + grown, top + height + grown, across, down, shape)
        )
    return sorted(boxes, key=lambda box: (box.top, box.left))


def _clipped(
    left: float, top: float, right: float, bottom: float, across: float, down: float, shape: tuple[int, int]
) -> Box:
    height, width = shape
    return Box(
        max(math.floor(left * across), 0),
        max(math.floor(top * down), 0),
        min(math.ceil(right * across), width),
        min(math.ceil(bottom * down), height),
    )
