"""The face of a demo card: border, name, picture, attacks, number, as trading cards have them."""

from __future__ import annotations

import textwrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cardlens.runtimes.base import Bytes
from cardlens.training.demo_catalogue import CARDS, SET_CODE, TYPES, DemoCard
from cardlens.training.demo_creatures import CREATURES
from cardlens.training.demo_scenery import landscape
from cardlens.training.demo_sketch import Colour, Sketch

WIDTH, HEIGHT = 600, 838
CORNER = 26  # radius of a card's corners: 2.7 mm of 63
_FINE = 2  # drawn this much larger and averaged down
_INK: Colour = (26, 24, 30)
_GOLD: Colour = (250, 214, 60)
_SILVER: Colour = (204, 208, 214)

Box = tuple[float, float, float, float]


def draw_face(card: DemoCard) -> Bytes:
    """(838, 600, 4) uint8 RGBA; transparent outside the rounded corners."""
    face = _Face(card)
    if card.layout == "full":
        face.full()
    else:
        face.framed()
    face.print()
    return face.finished()


class _Face:
    """A card being drawn; all measures are pixels of the finished card."""

    def __init__(self, card: DemoCard) -> None:
        self._card = card
        self._random = np.random.default_rng(1000 + card.number)
        self._body, self._symbol = TYPES[card.type]
        border = _GOLD if card.layout == "classic" else _SILVER
        self._image = Image.new("RGB", (WIDTH * _FINE, HEIGHT * _FINE), border)
        self._draw = ImageDraw.Draw(self._image)
        self._ink = (255, 255, 255) if card.layout == "full" or card.type == "Darkness" else _INK

    def framed(self) -> None:
        """A picture window in the upper half of a coloured card."""
        self._panel((28, 28, 572, 810))
        window: Box = (52, 98, 548, 432) if self._card.layout == "classic" else (40, 100, 560, 446)
        frame = (226, 190, 80) if self._card.layout == "classic" else (236, 238, 242)
        left, top, right, bottom = window
        self._box((left - 8, top - 8, right + 8, bottom + 8), frame, _INK)
        self._paste(self._picture(right - left, bottom - top), left, top)
        self._box((78, bottom + 4, 522, bottom + 30), frame, _INK, radius=6)
        kind = f"{self._card.stage} creature of the {self._card.type.lower()} kind"
        self._text(300, bottom + 23, kind, 16, anchor="ms", colour=_INK)

    def full(self) -> None:
        """A picture over the whole card, darkened where the text stands."""
        self._paste(self._picture(WIDTH - 44, HEIGHT - 44), 22, 22)
        pixels = np.asarray(self._image).astype(np.float32)
        rows = np.arange(HEIGHT * _FINE) / _FINE
        dark = np.clip((rows - 400) / 160, 0, 0.72) + np.clip((100 - rows) / 90, 0, 0.5)
        inside = slice(22 * _FINE, (WIDTH - 22) * _FINE)
        rim = (rows > 22) & (rows < HEIGHT - 22)
        pixels[rim, inside] *= 1 - dark[rim, None, None]
        self._image = Image.fromarray(pixels.astype(np.uint8))
        self._draw = ImageDraw.Draw(self._image)

    def print(self) -> None:
        """Everything that can be read."""
        card = self._card
        self._text(46, 46, card.stage.upper(), 13, bold=True)
        self._text(44, 78, card.name, 34, bold=True)
        self._text(508, 78, str(card.hp), 34, anchor="rs", bold=True, colour=self._heat())
        self._text(508 - self._length(str(card.hp), 34) - 6, 78, "HP", 16, anchor="rs", bold=True, colour=self._heat())
        self._energy(card.type, 538, 64, 21)
        top = 500.0
        for attack in card.attacks:
            top = self._attack(attack.cost, attack.name, attack.damage, attack.text, top)
        self._foot()

    def finished(self) -> Bytes:
        """The card at its size, with its corners cut."""
        small = self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        mask = Image.new("L", (WIDTH * 4, HEIGHT * 4))
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, WIDTH * 4 - 1, HEIGHT * 4 - 1), CORNER * 4, fill=255)
        small.putalpha(mask.reduce(4))
        return np.asarray(small)

    def _picture(self, wide: float, high: float) -> Bytes:
        """The creature in its landscape, in fine pixels; on a full picture it stands in the upper part."""
        size = round(wide * _FINE), round(high * _FINE)
        ground = landscape(self._card.scenery, *size, seed=self._card.number)
        if self._card.rarity == "Rare":
            ground = _foil(ground, self._random)
        upper = ground[: size[0]] if self._card.layout == "full" else ground
        rim = round(upper.shape[0] * 0.06)
        sketch = Sketch(upper[rim : upper.shape[0] - rim])
        CREATURES[self._card.name](sketch)
        drawn = ground.copy()
        drawn[rim : upper.shape[0] - rim] = sketch.pixels
        return drawn

    def _panel(self, box: Box) -> None:
        """The card's coloured body, lighter towards the top left and faintly marbled."""
        left, top, right, bottom = (round(side * _FINE) for side in box)
        y, x = np.mgrid[0 : bottom - top, 0 : right - left].astype(np.float32) / 600
        marble = np.sin(x * 5 + 2.2 * np.sin(y * 3 + self._card.number)) + np.sin(y * 7 + 1.7 * np.sin(x * 4))
        light = 1.1 - 0.1 * (x + y) / 2 + 0.03 * marble
        self._paste(np.clip(light[..., None] * np.asarray(self._body), 0, 255).astype(np.uint8), box[0], box[1])
        self._box(box, None, tuple(round(part * 0.55) for part in self._body))

    def _attack(self, cost: tuple[str, ...], name: str, damage: str, text: str, top: float) -> float:
        for at, kind in enumerate(cost):
            self._energy(kind, 62 + 34 * at, top + 20, 15)
        self._text(max(62 + 34 * len(cost), 160), top + 30, name, 29, bold=True)
        self._text(550, top + 30, damage, 31, anchor="rs", bold=True)
        top += 46
        for line in textwrap.wrap(text, 52):
            self._text(48, top + 14, line, 20)
            top += 25
        return top + 18

    def _foot(self) -> None:
        card, line = self._card, 690
        self._draw.line([(44 * _FINE, line * _FINE), (556 * _FINE, line * _FINE)], fill=self._ink, width=3)
        self._text(48, line + 26, "weakness", 16)
        self._energy(card.weakness, 136, line + 20, 12)
        self._text(154, line + 26, "x2", 18, bold=True)
        self._text(346, line + 26, "retreat", 16)
        for at in range(card.retreat):
            self._energy("Colorless", 418 + 28 * at, line + 20, 12)
        self._box((160, 732, 556, 776), None, self._ink)
        self._text(358, 760, card.motto, 16, anchor="ms")
        self._box((44, 782, 84, 800), _INK, (240, 240, 240), radius=3)
        self._text(64, 797, SET_CODE, 14, anchor="ms", colour=(255, 255, 255), bold=True)
        self._text(92, 798, f"{card.number:03}/{len(CARDS):03}", 18, bold=True)
        self._rarity(182, 792)
        self._text(556, 797, "illus. cardlens  ·  a demo card, not for play", 13, anchor="rs")

    def _heat(self) -> Colour:
        return self._ink if self._ink != _INK else (196, 30, 30)

    def _rarity(self, x: float, y: float) -> None:
        x, y, size = x * _FINE, y * _FINE, 7 * _FINE
        if self._card.rarity == "Common":
            self._draw.circle((x, y), size * 0.8, fill=self._ink)
        elif self._card.rarity == "Uncommon":
            self._draw.polygon([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], fill=self._ink)
        else:
            self._draw.regular_polygon((x, y, size), 3, fill=self._ink)
            self._draw.regular_polygon((x, y, size), 3, rotation=60, fill=self._ink)

    def _energy(self, kind: str, x: float, y: float, size: float) -> None:
        """A round symbol: one form a type, so that they differ without their colours."""
        light, deep = TYPES[kind]
        x, y, size = x * _FINE, y * _FINE, size * _FINE
        self._draw.circle((x, y), size, fill=deep, outline=_INK, width=2)
        self._draw.circle((x - size * 0.12, y - size * 0.12), size * 0.78, fill=light)
        corners = 3 + list(TYPES).index(kind)
        angle = np.linspace(0, 2 * np.pi, 2 * corners, endpoint=False) - np.pi / 2
        radius = size * np.where(np.arange(2 * corners) % 2, 0.3, 0.68)
        star = [(float(x + r * np.cos(a)), float(y + r * np.sin(a))) for r, a in zip(radius, angle, strict=True)]
        self._draw.polygon(star, fill=deep)

    def _box(self, box: Box, fill: Colour | None, outline: tuple[int, ...], radius: float = 4) -> None:
        fine = (box[0] * _FINE, box[1] * _FINE, box[2] * _FINE, box[3] * _FINE)
        self._draw.rounded_rectangle(fine, radius * _FINE, fill=fill, outline=outline, width=3)

    def _paste(self, pixels: Bytes, left: float, top: float) -> None:
        self._image.paste(Image.fromarray(pixels), (round(left * _FINE), round(top * _FINE)))

    def _length(self, text: str, size: int) -> float:
        return float(ImageFont.load_default(size * _FINE).getlength(text)) / _FINE

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: int,
        *,
        anchor: str = "ls",
        bold: bool = False,
        colour: Colour | None = None,
    ) -> None:
        font, ink = ImageFont.load_default(size * _FINE), colour or self._ink
        thick = round(size * _FINE / 40) if bold else 0  # the font has one weight
        self._draw.text(
            (x * _FINE, y * _FINE), text, fill=ink, font=font, anchor=anchor, stroke_width=thick, stroke_fill=ink
        )


def _foil(ground: Bytes, random: np.random.Generator) -> Bytes:
    """Bands of light and small stars, as holofoil shows them."""
    high, wide = ground.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32) / high
    hue = np.stack([np.sin(9 * (x + y) + shift) for shift in (0.0, 2.1, 4.2)], axis=-1)
    shone = ground + 26 * hue * (0.6 + 0.4 * np.sin(3 * x - 2 * y))[..., None]
    for _ in range(70):
        at_x, at_y, size = int(random.integers(0, wide)), int(random.integers(0, high)), int(random.integers(3, 9))
        shone[max(at_y - size, 0) : at_y + size, at_x : at_x + 2] += 90
        shone[at_y : at_y + 2, max(at_x - size, 0) : at_x + size] += 90
    return np.asarray(np.clip(shone, 0, 255), np.uint8)
