"""Drawn photos of fanned cards: bottom strips as the print of each era lays them out, with cards from the facts.

No scan shows a set code at a readable size: strips are drawn to calibrate what is read of them, and to measure it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from cardlens.recognition.raster import homography
from cardlens.recognition.strip_catalogue import StripCard
from cardlens.runtimes.base import Bytes

# A strip is drawn on a card this wide, in pixels, and made smaller with the photo.
_CARD = 1200
_WORDS = (
    "Its body",
    "glows",
    "when the",
    "moon",
    "rises over",
    "the sea.",
    "It sleeps",
    "by day",
    "and eats",
    "reeds.",
)
_ARTISTS = ("Ana Soler", "T. Beck", "Mika Ueno", "R. OLSEN", "Studio Nord", "lumen")
# Widths of letters, as a share of those of the font there is.
_CONDENSED = 0.62
# Height of digits and size of their font, on a card as wide as above.
_DIGITS, _SIZE = 27, 38


@dataclass(frozen=True, slots=True, eq=False)
class FanPhoto:
    """A drawn photo (H, W, 3) RGB, its cards from the top, and the height of their digits in pixels."""

    pixels: Bytes
    cards: tuple[StripCard, ...]
    digits: float


def draw_fan(cards: Sequence[StripCard], random: np.random.Generator, digits: float, turn: float = 0.0) -> FanPhoto:
    """Draw a fan of `cards` whose digits are `digits` pixels high, turned by `turn` degrees clockwise."""
    strips = [_strip(card, random) for card in cards]
    rises = [strip.height - int(random.integers(0, strip.height // 6)) for strip in strips]
    page = Image.new("RGB", (_CARD + 260, sum(rises) + 240), _colour(random))
    page = _speckled(page, random, 14)
    top = 100
    for strip, rise in zip(strips, rises, strict=True):
        page.paste(strip, (130 + int(random.integers(-40, 40)), top))
        top += rise
    photo = _photographed(page, random, digits / _DIGITS, turn)
    return FanPhoto(photo, tuple(cards), digits)


def _strip(card: StripCard, random: np.random.Generator) -> Image.Image:
    """The bottom of one card, with or without the artist's line."""
    high = int(random.integers(118, 190))
    strip = Image.new("RGB", (_CARD, high), _grey(random))
    inner = Image.new("RGB", (_CARD - 90, high - 62), _colour(random))
    strip.paste(_speckled(inner, random, 10), (45, 0))
    dark = float(np.asarray(inner).mean()) < 110
    ink = (235, 235, 235) if dark else (20, 20, 20)
    draw = ImageDraw.Draw(strip)
    row = high - 104
    if high > 150:
        _write(strip, (78, row - 46), f"Illus. {random.choice(_ARTISTS)}", 22, ink, shear=0.2)
    for at in range(2):
        words = " ".join(random.choice(_WORDS, 4))
        _write(strip, (560, row - 42 + 36 * at), words, 27, ink)
    draw.text((330, high - 45), "©2025 Pokemon / Nintendo / Creatures / GAME FREAK", (30, 30, 30), _font(19))
    _number_row(strip, card, row, ink, random)
    return strip


def _number_row(
    strip: Image.Image, card: StripCard, row: int, ink: tuple[int, int, int], random: np.random.Generator
) -> None:
    draw = ImageDraw.Draw(strip)
    total = "" if card.total is None else f"/{card.total:03d}" if card.code else f"/{card.total}"
    number = card.number.zfill(3) if card.code and card.number.isdigit() else card.number
    text = f"{number}{total}"
    if card.code is None:
        place = 92 if random.random() < 0.5 else 940
        _write(strip, (place, row), text, _SIZE, ink, shear=0.18)
        _rarity(draw, place + 150, row, ink, random)
        return
    if random.random() < 0.8:
        draw.rounded_rectangle((78, row - 8, 104, row + 30), 5, (245, 245, 245), (15, 15, 15), 2)
        _write(strip, (84, row - 5), str(random.choice(list("FGHIJ"))), 30, (15, 15, 15), narrow=_CONDENSED)
    paper, letters = ((15, 15, 15), (250, 250, 250)) if random.random() < 0.7 else ((240, 240, 240), (15, 15, 15))
    draw.rounded_rectangle((114, row - 10, 186, row + 31), 5, paper, letters, 2)
    _write(strip, (119, row - 7), card.code, 34, letters, narrow=_CONDENSED, bold=1)
    _write(strip, (163, row + 8), "EN", 19, letters, narrow=_CONDENSED)
    _write(strip, (198, row + 6), text, _SIZE, ink, shear=0.18, bold=1)
    _rarity(draw, 350, row + 6, ink, random)


def _rarity(draw: ImageDraw.ImageDraw, x: int, y: int, ink: tuple[int, int, int], random: np.random.Generator) -> None:
    kind = int(random.integers(3))
    if kind == 0:
        draw.ellipse((x, y + 9, x + 20, y + 29), ink)
    elif kind == 1:
        draw.polygon([(x + 11, y + 6), (x + 22, y + 18), (x + 11, y + 30), (x, y + 18)], ink)
    else:
        draw.text((x, y), "*", ink, _font(40))


def _write(
    picture: Image.Image,
    place: tuple[int, int],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    shear: float = 0.0,
    narrow: float = 0.8,
    bold: int = 0,
) -> None:
    """Write with the one font there is, made narrow, slanted or bold."""
    left, top, right, bottom = (round(edge) for edge in _font(size).getbbox(text, stroke_width=bold))
    mask = Image.new("L", (right - left + 2 * size, bottom - top + size), 0)
    ImageDraw.Draw(mask).text((size // 2 - left, 2 - top), text, 255, _font(size), stroke_width=bold)
    matrix = (1 / narrow, shear, -shear * size / 2, 0, 1, 0)
    mask = mask.transform(mask.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    picture.paste(ink, (place[0] - round(size * narrow / 2), place[1] - 2), mask)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _colour(random: np.random.Generator) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in random.integers(20, 240, 3))
    return red, green, blue


def _grey(random: np.random.Generator) -> tuple[int, int, int]:
    level = int(random.integers(120, 200))
    return level, level, level


def _speckled(picture: Image.Image, random: np.random.Generator, strength: float) -> Image.Image:
    """Soft spots of light, as foil and paper have them."""
    width, height = picture.size
    coarse = random.normal(0, strength, (height // 24 + 2, width // 24 + 2)).astype(np.float32)
    spots = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray(np.clip(np.asarray(picture, np.float32) + spots[..., None], 0, 255).astype(np.uint8))


def _photographed(page: Image.Image, random: np.random.Generator, scale: float, turn: float) -> Bytes:
    """Turn, tilt, shrink, blur, shade, add noise and compress."""
    width, height = page.width * scale, page.height * scale
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    corners = corners + random.uniform(-0.025, 0.025, (4, 2)) * max(width, height)
    angle = np.deg2rad(turn)
    corners = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.asarray(corners - corners.min(axis=0), np.float32)
    right, bottom = (int(side) + 1 for side in corners.max(axis=0))
    shrunk = page.resize((max(round(width), 1), max(round(height), 1)), Image.Resampling.BOX)
    whole = np.array([[0, 0], [shrunk.width, 0], [shrunk.width, shrunk.height], [0, shrunk.height]], np.float32)
    coefficients = homography(corners, whole).reshape(9)[:8].tolist()
    photo = shrunk.transform((right, bottom), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    photo = photo.filter(ImageFilter.GaussianBlur(abs(random.normal(0, 0.03)) * _DIGITS * scale))
    lit = np.asarray(photo, np.float32) * _light(photo.size, random)
    noisy = np.clip(lit + random.normal(0, random.uniform(1, 6), lit.shape), 0, 255).astype(np.uint8)
    return _compressed(noisy, int(random.integers(60, 95)))


def _light(size: tuple[int, int], random: np.random.Generator) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    down, across = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j].astype(np.float32)
    light = random.uniform(0.55, 1.1) + random.normal(0, 0.12) * across + random.normal(0, 0.12) * down
    return np.asarray(light[..., None], np.float32)


def _compressed(pixels: Bytes, quality: int) -> Bytes:
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "JPEG", quality=quality)
    with Image.open(written) as image:
        return np.asarray(image.convert("RGB"), np.uint8)
