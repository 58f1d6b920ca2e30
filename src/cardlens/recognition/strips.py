"""Reads the number strips of fanned cards: photos in which of most cards only the bottom edge shows.

>>> reader = StripReader(StripCatalogue(bundled_facts()), TextEngine())
>>> [str(strip.numbers[0]) for strip in reader.read(pixels)]
['108/159', '106/159', '097/159']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cardlens.recognition.number import NumberText, numbers_in
from cardlens.recognition.quad import Points
from cardlens.recognition.straighten import straighten
from cardlens.recognition.strip_catalogue import StripCatalogue
from cardlens.recognition.strip_code import code_likeness, folded, whole_code
from cardlens.recognition.text import TextEngine, TextLine
from cardlens.recognition.text_slants import SlantedLine, main_slant
from cardlens.runtimes.base import Bytes

# Long side at which lines are looked for, pixels: numbers of a fan that fills the photo are a dozen pixels high there.
_LOOKED_AT = 960
_LINE_HEIGHT = 48
# Code and number together are not as long as this many times their height; names, rules and copyright are.
_LONGEST = 8.0
# Older cards have the number at the end of the copyright line.
_ENDING = 5.0
# This many lines at most are read: more text than that is no photo of strips.
_MOST_LINES = 240
# Lines that tell which way up the photo is.
_TELLING_WAY = 12
# The code begins this many heights of the number before it, as printed on every card that shows one.
_CODE_BEFORE = 3.1
_SLASHED = re.compile(r"\d ?[/|\\] ?\d")
_ALONE = re.compile(r"\W*(\d{3})\W*")
_STANDS_FOR_CODE = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """What was read of one card's bottom strip.

    Attributes:
        quad: corners (4, 2) of the print in pixels of the photo, clockwise from its own top left.
        numbers: the number in each reading of it that showed one; the same number may be there several times.
        codes: what was read where a set code would stand, once a reading.
        readings: how often the number was read.
    """

    quad: Points
    numbers: tuple[NumberText, ...]
    codes: tuple[str, ...]
    readings: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A line and what it says."""

    line: SlantedLine
    text: TextLine


class StripReader:
    """Finds strips at any rotation and reads each several times, so that a chance misreading shows."""

    def __init__(self, catalogue: StripCatalogue, engine: TextEngine) -> None:
        """Use the codes and totals of `catalogue` to tell numbers and codes from other print."""
        self._catalogue, self._engine = catalogue, engine

    def read(self, pixels: Bytes) -> list[Strip]:
        """Every strip of a photo (H, W, 3) RGB whose number can be read, from the top as the text stands."""
        lines = _one_way(self._engine.find_slanted(pixels, _LOOKED_AT))
        read = self._read(pixels, self._right_way_up(pixels, lines))
        anchors = [one for one in read if self._is_number(one, read)]
        strips = [(one, self._look_closer(pixels, one, read)) for one in anchors]
        strips.sort(key=lambda pair: _down(pair[0].line))
        return [strip for _, strip in strips if strip.numbers]

    def _right_way_up(self, pixels: Bytes, lines: list[SlantedLine]) -> list[SlantedLine]:
        """The lines, turned by half where their text reads better so."""
        telling = sorted((line for line in lines if line.telling), key=lambda line: -line.length * line.thickness)
        telling = [line for line in telling if line.length < 3 * _LONGEST * line.thickness][:_TELLING_WAY]
        this, other = (
            sum(text.score * len(text.text) for text in self._texts(pixels, way)) for way in (telling, _turned(telling))
        )
        return lines if this >= other else _turned(lines)

    def _read(self, pixels: Bytes, lines: Sequence[SlantedLine]) -> list[_Read]:
        """Read the short lines, and of the long ones the end."""
        short = [line if line.length <= _LONGEST * line.thickness else _ending(line) for line in lines][:_MOST_LINES]
        texts = self._texts(pixels, short)
        return [_Read(line, text) for line, text in zip(short, texts, strict=True) if text.text]

    def _texts(self, pixels: Bytes, lines: Sequence[SlantedLine]) -> list[TextLine]:
        return self._engine.read([_cut(pixels, line.quad()) for line in lines])

    def _is_number(self, one: _Read, read: Sequence[_Read]) -> bool:
        """Whether a line shows a number with its total, a lettered one, or three digits behind a set code."""
        if _SLASHED.search(one.text.text):
            return any(number.certain for number in self._numbers(one.text))
        if any(
            number.certain and len(folded(one.text.text)) <= len(number.number) + 2
            for number in self._numbers(one.text)
        ):
            return True
        before = one.text.text[:-3] if re.search(r"\D\d{3}\W*$", one.text.text) else ""
        if before and self._stands_for_code([before]):
            return True
        return bool(_ALONE.fullmatch(one.text.text)) and self._stands_for_code(_say(_beside(one, read)))

    def _stands_for_code(self, texts: Sequence[str]) -> bool:
        known = max((code_likeness(texts, code) for code in self._catalogue.codes), default=0.0)
        return known > _STANDS_FOR_CODE or whole_code([*texts, *texts]) is not None

    def _numbers(self, text: TextLine) -> list[NumberText]:
        return numbers_in(text.text, text.score, self._catalogue.totals)

    def _look_closer(self, pixels: Bytes, one: _Read, read: Sequence[_Read]) -> Strip:
        """Read number and code again, cut out in several ways."""
        number, before = _split(one)
        cuts = [number.quad(*margins) for margins in ((0, 0, 0), (0.15, 0.35, 0.08), (0.05, 0.1, -0.08))]
        beside = _beside(one, read)
        code = beside[-1].line if beside and not before else _code_place(number)
        places = [code.quad(0.1, 0.1, 0.05), *(_code_place(number).quad(above=more) for more in (0.0, 0.15))]
        pictures = [_cut(pixels, quad) for quad in cuts] + [_cut(pixels, quad) for quad in places]
        pictures.append(np.asarray(255 - pictures[-1], np.uint8))  # the reader prefers dark letters
        texts = self._engine.read(pictures)
        numbers = [found for text in (one.text, *texts[: len(cuts)]) for found in self._first_number(text)]
        codes = [text.text for text in texts[len(cuts) :] if text.text]
        codes += [text for text in (before, *_say(beside)) if text]
        quad = number.quad(before=0.85 * _CODE_BEFORE) if codes else number.quad()
        return Strip(quad, tuple(numbers), tuple(codes), len(cuts) + 1)

    def _first_number(self, text: TextLine) -> list[NumberText]:
        """The likeliest number of one reading, if there is any."""
        found = sorted(self._numbers(text), key=lambda number: (not number.certain, number.total is None))
        return found[:1]


def _one_way(lines: Sequence[SlantedLine]) -> list[SlantedLine]:
    """The lines, all running about the same way; short ones, whose own slant says little, run as the others do."""
    main = main_slant(lines)
    turned = []
    for line in lines:
        away = (line.slant - main + np.pi / 2) % np.pi - np.pi / 2
        if line.telling and abs(away) < np.pi / 6:
            turned.append(replace(line, slant=main + away))
        elif not line.telling:
            turned.append(_across(line, main))
    return turned


def _across(line: SlantedLine, slant: float) -> SlantedLine:
    """The same spot as a line that runs in the direction `slant`."""
    upright = abs(np.cos(line.slant - slant)) >= np.sqrt(0.5)
    length, thickness = (line.length, line.thickness) if upright else (line.thickness, line.length)
    return replace(line, slant=slant, length=length, thickness=thickness)


def _turned(lines: Sequence[SlantedLine]) -> list[SlantedLine]:
    return [replace(line, slant=line.slant + np.pi) for line in lines]


def _down(line: SlantedLine) -> float:
    """How far down the page a line is, as its text stands."""
    return float(line.y * np.cos(line.slant) - line.x * np.sin(line.slant))


def _along(line: SlantedLine) -> float:
    return float(line.x * np.cos(line.slant) + line.y * np.sin(line.slant))


def _part(line: SlantedLine, start: float, end: float) -> SlantedLine:
    """The part of a line from `start` to `end`, in pixels from its left end."""
    shift = (start + end - line.length) / 2
    x, y = line.x + shift * np.cos(line.slant), line.y + shift * np.sin(line.slant)
    return replace(line, x=float(x), y=float(y), length=end - start)


def _ending(line: SlantedLine) -> SlantedLine:
    return _part(line, line.length - _ENDING * line.thickness, line.length)


def _code_place(number: SlantedLine) -> SlantedLine:
    """Where the set code stands, if the card shows one: left of the number, a little higher."""
    place = _part(number, -(_CODE_BEFORE - 0.2) * number.thickness, 0.25 * number.thickness)
    return replace(place, thickness=1.2 * number.thickness)


def _split(one: _Read) -> tuple[SlantedLine, str]:
    """The part of a line that the number fills, and what was read before it."""
    text, line = one.text.text, one.line
    match = re.search(r"(TG|GG|RC|SV|H)?\d{1,3}[ABab]? ?[/|\\]|\d{3}\W*$", text)
    if match is None or match.start() < 2:
        return line, ""
    start = line.length * match.start() / len(text)
    # A line of two sizes of print is as thick as the larger one.
    return _part(line, start - 0.1 * line.thickness, line.length), text[: match.start()]


def _beside(one: _Read, read: Sequence[_Read]) -> list[_Read]:
    """The lines directly left of a line, on its row; from the left."""
    line, found = one.line, []
    for other in read:
        gap = _along(line) - line.length / 2 - _along(other.line) - other.line.length / 2
        alike = (
            0.5 < other.line.thickness / line.thickness < 2
            and abs(_down(other.line) - _down(line)) < 0.7 * line.thickness
        )
        if other is not one and alike and -1 < gap / line.thickness < 2:
            found.append(other)
    return sorted(found, key=lambda other: _along(other.line))


def _say(read: Sequence[_Read]) -> list[str]:
    return [one.text.text for one in read]


def _cut(pixels: Bytes, quad: Points) -> Bytes:
    height = float(np.linalg.norm(quad[3] - quad[0]))
    width = float(np.linalg.norm(quad[1] - quad[0]))
    wide = max(round(_LINE_HEIGHT * width / max(height, 1.0)), 1)
    return straighten(pixels, quad, wide, _LINE_HEIGHT)
