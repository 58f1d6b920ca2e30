"""Reads the printed text of a card in a photo: name and hit points above, number, set code and language below."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from cardlens.recognition import quad as quads
from cardlens.recognition.facts import CardFacts
from cardlens.recognition.number import NumberText, SetCodeText, numbers_in, set_code_in
from cardlens.recognition.ocr import Box, Line, Ocr
from cardlens.recognition.quad import CARD_ASPECT, Points
from cardlens.recognition.reading import Reading, banner_in, hp_in, names_in
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.runtimes.text import TextModels

# Wide enough for the set code's box (1 % of the card), and no wider: time grows with the area.
_WIDEST, _MOST_ENLARGED = 900, 2.0
# Names are large: they are looked for, and read, at less.
_WIDEST_ABOVE = 640
# Names are 4 % of the card's height and more; rules and "Evolves from" are below.
_NAME_HEIGHT = 0.034
_NAME_SCALE = 0.5
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

    def __init__(self, facts: CardFacts, threads: int = 1) -> None:
        """Use the printed totals and set codes of `facts` to tell numbers and codes from other print."""
        self._facts = facts
        self._threads = threads

    def read(self, pixels: Bytes, quad: Points) -> Reading:
        """Read the card in `quad` (4, 2) of the photo (H, W, 3) RGB, at the best resolution there is."""
        seen = quads.width(quad)
        above = self._above(pixels, quad, min(_WIDEST_ABOVE, round(seen * _MOST_ENLARGED)))
        below = self._below(pixels, quad, min(_WIDEST, round(seen * _MOST_ENLARGED)))
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

    def _above(self, pixels: Bytes, quad: Points, width: int) -> list[Line]:
        """Lines of large print at the top."""
        strip = _cut(pixels, quad, _TOP, width)
        smallest = _NAME_HEIGHT * width * CARD_ASPECT
        boxes = [box for box in self._ocr.find(strip, _NAME_SCALE) if box.height >= smallest]
        return self._ocr.recognise(strip, _largest(boxes))

    def _below(self, pixels: Bytes, quad: Points, width: int) -> list[Line]:
        """Lines in the bottom corners: the left one first, the right one where that shows no number."""
        strip = _cut(pixels, quad, _BOTTOM_LEFT, width)
        # What runs on beyond the strip is rules or the copyright.
        boxes = [box for box in self._ocr.find(strip) if box.right < strip.shape[1] - 2]
        lines = self._ocr.recognise(strip, _largest(boxes))
        if any(number.certain for number in self._numbers(lines)):
            return lines
        strip = _cut(pixels, quad, _BOTTOM_RIGHT, width)
        boxes = [_ending(box) for box in self._ocr.find(strip)]
        return lines + self._ocr.recognise(strip, _largest(boxes))

    def _numbers(self, lines: list[Line]) -> tuple[NumberText, ...]:
        found = [number for line in lines for number in numbers_in(line.text, line.confidence, self._totals)]
        return tuple(sorted(found, key=lambda number: (not number.certain, number.total is None, -number.confidence)))

    def _set_code(self, lines: list[Line]) -> SetCodeText | None:
        found = [code for line in lines if (code := set_code_in(line.text, line.confidence, self._codes))]
        return max(found, key=lambda code: (code.known, code.language is not None, code.confidence), default=None)

    @cached_property
    def _ocr(self) -> Ocr:
        return Ocr(TextModels(threads=self._threads))

    @cached_property
    def _totals(self) -> Collection[int]:
        return {its_set.printed_total for its_set in self._facts.sets if its_set.printed_total}

    @cached_property
    def _codes(self) -> Collection[str]:
        return {its_set.printed_code for its_set in self._facts.sets if its_set.printed_code}


def _ending(box: Box) -> Box:
    """The last letters of a line: the copyright may run into the number behind it."""
    return replace(box, left=max(box.left, box.right - 8 * box.height))


def _largest(boxes: list[Box]) -> list[Box]:
    return sorted(boxes, key=lambda box: -box.width * box.height)[:_AT_MOST]


def _cut(pixels: Bytes, quad: Points, region: _Region, card_width: int) -> Bytes:
    """Straighten one region of a card to the size it has where the whole card is `card_width` pixels wide."""
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    onto_photo = cv2.getPerspectiveTransform(unit, quad.astype(np.float32))
    left, top, right, bottom = region
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float32)
    part = np.asarray(cv2.perspectiveTransform(corners, onto_photo)[0], np.float32)
    size = round((right - left) * card_width), round((bottom - top) * card_width * CARD_ASPECT)
    return straighten(pixels, part, max(size[0], 1), max(size[1], 1))
