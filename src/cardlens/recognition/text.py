"""Reads printed lines of text in an upright strip of a card: PP-OCR's models, on onnxruntime, numpy and Pillow alone.

>>> engine = TextEngine(threads=1)
>>> [line.text for line in engine.lines(strip)]
['Pikachu', 'HP60']
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from cardlens.errors import BadModel
from cardlens.recognition.raster import resize
from cardlens.recognition.text_lines import Box, boxes_in
from cardlens.recognition.text_slants import SlantedLine, slanted_lines
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, prepare
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.settings import BUNDLED

# Lines are padded to a multiple of this many pixels, so that lines of nearly one width share a batch.
_WIDTH_STEP = 32
# Longer than any line on a card (33 times its height); a rule or a frame taken for text costs no more than that.
_WIDEST = 1600


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text.

    Attributes:
        text: as read, without blanks at its ends; "" where no letter was seen.
        score: mean probability of its letters, 0..1; 0 for no letter.
        box: left, top, right, bottom in pixels of the picture it was read in.
    """

    text: str
    score: float
    box: Box


class TextEngine:
    """Finds and reads lines. A model is loaded when it is first needed; afterwards safe to share between threads."""

    def __init__(self, folder: Path = BUNDLED / "text", threads: int = 0) -> None:
        """Use the models in `folder` on `threads` CPU threads (0: all cores). Missing files show at first use."""
        self._folder = folder
        self._threads = threads

    def lines(self, picture: Bytes, at_least: float = 0.5) -> list[TextLine]:
        """Find and read the lines of (h, w, 3) RGB, in reading order, leaving out scores below `at_least`.

        Raises:
            BadModel: a model file is missing or damaged.
        """
        return [line for line in self.read_boxes(picture, self.find(picture)) if line.text and line.score >= at_least]

    def find(self, picture: Bytes, scale: float = 1.0) -> list[Box]:
        """Boxes of the lines in (h, w, 3) RGB, in its pixels, in reading order.

        `scale`: looks at the picture this much smaller, for large print; a long side above 640 is shrunk anyway.
        """
        height, width = picture.shape[:2]
        model, spec = self._finder
        shrink = min(scale, spec.width / max(height, width))
        small = resize(picture, _multiple(width * shrink, spec.stride), _multiple(height * shrink, spec.stride))
        probability = model.run(prepare([small], spec))[0][0, 0]
        return boxes_in(probability, width, height)

    def find_slanted(self, picture: Bytes, long_side: int) -> list[SlantedLine]:
        """Lines in (h, w, 3) RGB that run in any direction, in its pixels; looked for at `long_side` pixels."""
        height, width = picture.shape[:2]
        model, spec = self._finder
        scale = long_side / max(height, width)
        small = resize(picture, _multiple(width * scale, spec.stride), _multiple(height * scale, spec.stride))
        return slanted_lines(model.run(prepare([small], spec))[0][0, 0], width, height)

    def read_boxes(self, picture: Bytes, boxes: Sequence[Box]) -> list[TextLine]:
        """Read each box (left, top, right, bottom) of (h, w, 3) RGB; one line a box, in their order."""
        crops = [_cut(picture, box) for box in boxes]
        return [TextLine(line.text, line.score, box) for line, box in zip(self.read(crops), boxes, strict=True)]

    def line(self, picture: Bytes) -> TextLine:
        """Read (h, w, 3) RGB that shows one line and little else."""
        return self.read([picture])[0]

    def read(self, pictures: Sequence[Bytes]) -> list[TextLine]:
        """Read pictures of one line each, (h, w, 3) RGB of any size; lines of about one shape are read in one batch."""
        batches = defaultdict(list)
        for at, picture in enumerate(pictures):
            batches[self._padded_width(picture)].append(at)
        found: dict[int, TextLine] = {}
        for width, places in batches.items():
            for at, (text, score) in zip(places, self._read_batch([pictures[at] for at in places], width), strict=True):
                height, wide = pictures[at].shape[:2]
                found[at] = TextLine(text, score, (0.0, 0.0, float(wide), float(height)))
        return [found[at] for at in range(len(pictures))]

    def _padded_width(self, picture: Bytes) -> int:
        return math.ceil(_line_width(picture, self._reader[1].height) / _WIDTH_STEP) * _WIDTH_STEP

    def _read_batch(self, pictures: Sequence[Bytes], width: int) -> list[tuple[str, float]]:
        model, spec = self._reader
        batch = np.zeros((len(pictures), 3, spec.height, width), np.float32)
        for row, picture in zip(batch, pictures, strict=True):
            line = resize(picture, _line_width(picture, spec.height), spec.height)
            row[:, :, : line.shape[1]] = prepare([line], spec)[0]
        return [collapse(probabilities, self._alphabet) for probabilities in model.run(batch)[0]]

    @cached_property
    def _finder(self) -> tuple[OnnxRuntime, ModelSpec]:
        return self._load("finder")

    @cached_property
    def _reader(self) -> tuple[OnnxRuntime, ModelSpec]:
        return self._load("reader")

    def _load(self, name: str) -> tuple[OnnxRuntime, ModelSpec]:
        spec = ModelSpec.load(self._folder / f"{name}.json")
        return OnnxRuntime(self._folder / f"{name}.onnx", spec, self._threads), spec

    @cached_property
    def _alphabet(self) -> tuple[str, ...]:
        file = self._folder / "alphabet.txt"
        try:
            return tuple(file.read_text(encoding="utf-8").removesuffix("\n").split("\n"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadModel(f"{file}: cannot be read ({error}); reinstall cardlens or set CARDLENS_MODELS") from error


def collapse(probabilities: Floats, alphabet: Sequence[str]) -> tuple[str, float]:
    """Greedy CTC: (steps, 1 + letters) -> the text and the mean probability of its letters. Class 0 is the blank."""
    if probabilities.shape[1] != len(alphabet) + 1:
        theirs, ours = probabilities.shape[1] - 1, len(alphabet)
        raise BadModel(f"the text reader knows {theirs} letters, its alphabet.txt {ours}; reinstall cardlens")
    best = probabilities.argmax(axis=1)
    fresh = (best != 0) & (best != np.concatenate([[0], best[:-1]]))
    text = "".join(alphabet[at - 1] for at in best[fresh]).strip()
    return text, float(probabilities.max(axis=1)[fresh].mean()) if text else 0.0


def _cut(picture: Bytes, box: Box) -> Bytes:
    """Cut the box out, at least one pixel of it: a box may lie on the edge."""
    height, width = picture.shape[:2]
    left, top = min(max(math.floor(box[0]), 0), width - 1), min(max(math.floor(box[1]), 0), height - 1)
    return picture[top : max(math.ceil(box[3]), top + 1), left : max(math.ceil(box[2]), left + 1)]


def _line_width(picture: Bytes, line_height: int) -> int:
    height, width = (int(side) for side in picture.shape[:2])
    return min(max(math.ceil(line_height * width / height), 1), _WIDEST)


def _multiple(side: float, stride: int) -> int:
    return max(round(side / stride), 1) * stride
