"""A contact sheet: every card of a batch of photos, cut out and named, on pages to print or to send."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from cardlens.errors import CardlensError
from cardlens.recognition.annotation import COLOURS
from cardlens.recognition.answer import Answer, PhotoAnswer
from cardlens.recognition.label import fitted, label, write
from cardlens.recognition.picture import decode
from cardlens.recognition.quad import as_quad
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes

# pixels: a card's picture, what is said below it, between cards, around all
_WIDE, _HIGH, _WORDS, _GAP, _MARGIN = 210, 293, 62, 22, 44
_COLUMNS, _ROWS = 6, 5
_FRAME = 4
_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".pdf": "PDF"}
_INK, _FAINT = "#14181e", "#6b7280"
_SIZE = (
    2 * _MARGIN + _COLUMNS * _WIDE + (_COLUMNS - 1) * _GAP,
    2 * _MARGIN + _ROWS * (_HIGH + _WORDS) + (_ROWS - 1) * _GAP,
)


@dataclass(frozen=True, slots=True)
class _Tile:
    """One card: `pixels` (293, 210, 3) uint8 RGB, upright."""

    pixels: Bytes
    answer: Answer
    photo: str


class ContactSheet:
    """Pages of 30 cards, each written when it is full: at most one is held in memory.

    A `.pdf` has all pages; of a `.jpg` or `.png` the second is called `name-2.jpg`, and so on.
    """

    def __init__(self, file: Path) -> None:
        """Begin with an empty page; raises `CardlensError` for a kind of file that it cannot be."""
        if file.suffix.lower() not in _FORMATS:
            raise CardlensError(f"{file}: not a kind of contact sheet; call it .jpg, .png or .pdf")
        self._file, self._format = file, _FORMATS[file.suffix.lower()]
        self._aside = file.with_name(f".{file.name}.{os.getpid()}")
        self._tiles: list[_Tile] = []
        self._pages = 0

    def add(self, photo: Path, answer: PhotoAnswer) -> None:
        """Add the cards of a photo, in the order of the answer.

        Raises:
            UnreadablePicture: the photo cannot be decoded.
            CardlensError: a page cannot be written.
        """
        if not answer.cards:
            return
        picture = decode(photo)
        for card in answer.cards:
            quad = (as_quad(card.quad) + 0.5) * picture.scale - 0.5
            pixels = straighten(picture.pixels, quad, _WIDE, _HIGH)
            self._tiles.append(_Tile(pixels, card, photo.name))
            if len(self._tiles) == _COLUMNS * _ROWS:
                self._write_page()

    def close(self) -> int:
        """Write the last page; returns how many there are. Raises `CardlensError` where that cannot be."""
        if self._tiles:
            self._write_page()
        if self._format == "PDF" and self._pages:
            self._safely(lambda: self._aside.replace(self._file))
        return self._pages

    def _write_page(self) -> None:
        page = draw_page(self._tiles)
        self._tiles = []
        self._pages += 1
        self._safely(lambda: self._save(page))

    def _save(self, page: Image.Image) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if self._format == "PDF":
            page.save(self._aside, "PDF", append=self._pages > 1, resolution=150)
            return
        page.save(self._aside, self._format, quality=90)
        name = self._file.name if self._pages == 1 else f"{self._file.stem}-{self._pages}{self._file.suffix}"
        self._aside.replace(self._file.with_name(name))

    def _safely(self, writing: Callable[[], object]) -> None:
        try:
            writing()
        except OSError as error:
            with suppress(OSError):
                self._aside.unlink(missing_ok=True)
            raise CardlensError(f"{self._file}: cannot be written ({error.strerror}); name another file") from error


def draw_page(tiles: Sequence[_Tile]) -> Image.Image:
    """Lay tiles out in rows; the page is as high as they need, at most as a full one."""
    rows = -(-len(tiles) // _COLUMNS)
    high = _SIZE[1] - (_ROWS - rows) * (_HIGH + _WORDS + _GAP)
    page = Image.new("RGB", (_SIZE[0], high), "white")
    for place, tile in enumerate(tiles):
        row, column = divmod(place, _COLUMNS)
        _draw(page, tile, _MARGIN + column * (_WIDE + _GAP), _MARGIN + row * (_HIGH + _WORDS + _GAP))
    return page


def _draw(page: Image.Image, tile: _Tile, left: int, top: int) -> None:
    """The card, framed in the colour of its decision, and what it is below."""
    pen = ImageDraw.Draw(page)
    box = (left - _FRAME, top - _FRAME, left + _WIDE + _FRAME - 1, top + _HIGH + _FRAME - 1)
    pen.rounded_rectangle(box, 8, fill=COLOURS[tile.answer.decision])
    page.paste(Image.fromarray(np.ascontiguousarray(tile.pixels)), (left, top))
    words, below = label(tile.answer), top + _HIGH + _FRAME
    write(pen, left, below + 20, fitted(words.title, 18, _WIDE), 18, _INK)
    write(pen, left, below + 38, fitted(words.details or ("",), 14, _WIDE), 14, _INK)
    write(pen, left, below + 54, fitted((tile.photo,), 12, _WIDE), 12, _FAINT)
