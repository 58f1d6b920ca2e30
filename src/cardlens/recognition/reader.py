"""Reads the printed text of a card in a photo: name and hit points above, number, set code and language below."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cardlens.recognition import quad as quads
from cardlens.recognition.facts import CardFacts
from cardlens.recognition.number import NumberText, SetCodeText, numbers_in, set_code_in
from cardlens.recognition.quad import CARD_ASPECT, Points
from cardlens.recognition.raster import homography, move
from cardlens.recognition.reading import Reading, banner_in, hp_in, names_in
from cardlens.recognition.straighten import straighten
from cardlens.recognition.text import TextEngine, TextLine
from cardlens.recognition.text_lines import Box
from cardlens.runtimes.base import Bytes

# Width of a straightened card, in pixels: enough for the set code's box (1 % of the card), and no more, for time grows
# with the area. Cards wider than this in the photo are read no better. Below, enlarging helps lines to be found.
WIDEST_READ = 900
_MOST_ENLARGED = 2.0
# Names are large: they are looked for, and read, at less, and rules and "Evolves from" beside them are smaller.
_WIDEST_ABOVE, _NAME_SCALE, _NAME_HEIGHT = 640, 0.5, 0.034
# A line is read no further back than this many times its height: the copyright may run into the number behind it.
_LONGEST_ENDING = 8
_AT_MOST = 6


class _Region(NamedTuple):
    """Part of an upright card, as fractions of its width and height."""

    left: float
    top: float
    right: float
    bottom: float


# Trainers of the first years have their name below a banner, at a fifth of the height.
_TOP = _Region(0.02, 0.02, 0.98, 0.235)
# Since Sun & Moon the number stands on the left, before that on the right; what stands between would run into it.
_BOTTOM_LEFT = _Region(0.01, 0.915, 0.35, 0.99)
_BOTTOM_RIGHT = _Region(0.74, 0.915, 1.0, 0.99)


class Reader:
    """Reads cards, one at a time. The text models are loaded at the first card."""

    def __init__(self, facts: CardFacts, threads: int = 0) -> None:
        """Use the printed totals and set codes of `facts` to tell numbers and codes from other print."""
        self._engine = TextEngine(threads=threads)
        self._facts = facts

    def read(self, pixels: Bytes, quad: Points, *, number_only: bool = False) -> Reading:
        """Read the card in `quad` (4, 2) of the photo (H, W, 3) RGB, at the best resolution there is."""
        largest = round(quads.width(quad) * _MOST_ENLARGED)
        above = [] if number_only else self._above(pixels, quad, min(_WIDEST_ABOVE, largest))
        below = self._below(pixels, quad, min(WIDEST_READ, largest))
        hp, hp_word = hp_in(above)
        return Reading(
            names=names_in(above),
            hp=hp,
            hp_word=hp_word,
            banner=banner_in(above),
            numbers=self._numbers(below),
            set_code=self._set_code(below),
            height=quads.height(quad),
        )

    def _above(self, pixels: Bytes, quad: Points, width: int) -> list[TextLine]:
        """Lines of large print at the top."""
        strip = _cut(pixels, quad, _TOP, width)
        smallest = _NAME_HEIGHT * width * CARD_ASPECT
        boxes = [box for box in self._engine.find(strip, _NAME_SCALE) if box[3] - box[1] >= smallest]
        return self._lines(strip, boxes)

    def _below(self, pixels: Bytes, quad: Points, width: int) -> list[TextLine]:
        """Lines in the bottom corners: the left one first, the right one where that shows no number."""
        strip = _cut(pixels, quad, _BOTTOM_LEFT, width)
        # What runs on beyond the strip is rules or the copyright.
        boxes = [box for box in self._engine.find(strip) if box[2] < strip.shape[1] - 2]
        lines = self._lines(strip, boxes)
        if any(number.certain for number in self._numbers(lines)):
            return lines
        strip = _cut(pixels, quad, _BOTTOM_RIGHT, width)
        return lines + self._lines(strip, [_ending(box) for box in self._engine.find(strip)])

    def _lines(self, strip: Bytes, boxes: list[Box]) -> list[TextLine]:
        largest = sorted(boxes, key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))[:_AT_MOST]
        return [line for line in self._engine.read_boxes(strip, largest) if line.text]

    def _numbers(self, lines: list[TextLine]) -> tuple[NumberText, ...]:
        found = [number for line in lines for number in numbers_in(line.text, line.score, self._totals)]
        return tuple(sorted(found, key=lambda number: (not number.certain, number.total is None, -number.confidence)))

    def _set_code(self, lines: list[TextLine]) -> SetCodeText | None:
        found = [code for line in lines if (code := set_code_in(line.text, line.score, self._codes))]
        return max(found, key=lambda code: (code.known, code.language is not None, code.confidence), default=None)

    @cached_property
    def _totals(self) -> Collection[int]:
        return {its_set.printed_total for its_set in self._facts.sets if its_set.printed_total}

    @cached_property
    def _codes(self) -> Collection[str]:
        return {its_set.printed_code for its_set in self._facts.sets if its_set.printed_code}


def _ending(box: Box) -> Box:
    left, top, right, bottom = box
    return max(left, right - _LONGEST_ENDING * (bottom - top)), top, right, bottom


def _cut(pixels: Bytes, quad: Points, region: _Region, card_width: int) -> Bytes:
    """Straighten one region of a card to the size it has where the whole card is `card_width` pixels wide."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    left, top, right, bottom = region
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    part = move(corners, homography(unit, quad))
    width, height = round((right - left) * card_width), round((bottom - top) * card_width * CARD_ASPECT)
    return straighten(pixels, part, max(width, 1), max(height, 1))
