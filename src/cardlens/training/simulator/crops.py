"""Single cards as the embedder sees them: photographed small or large, cut out by an imperfect detector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cardlens.recognition.quad import CARD_ASPECT, Points, share_within
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.camera import finger, shoot
from cardlens.training.simulator.conditions import Conditions, turned_by
from cardlens.training.simulator.grounds import draw_ground
from cardlens.training.simulator.surfaces import Pictures, Surface, card_surface

SMALLEST, LARGEST = 50.0, 320.0


@dataclass(frozen=True, slots=True)
class Wish:
    """How cards are to be photographed: widths in pixels, and probabilities as `card_surface` has them.

    `cut` is the probability that the photo's edge runs through the card, `dim` that there is little light.
    """

    narrowest: float = SMALLEST
    widest: float = LARGEST
    plastic: float = 0.45
    foil: float = 0.3
    shine: float = 0.35
    cut: float = 0.0
    dim: float = 0.0


@dataclass(frozen=True, slots=True)
class PhotoCrop:
    """A crop (size, size, 3) uint8, and how its card was photographed."""

    pixels: Bytes
    conditions: Conditions


ANYHOW = Wish()


def photo_crop(
    scan: Bytes,
    rng: np.random.Generator,
    size: int,
    neighbours: Pictures = (),
    grounds: Sequence[Bytes] = (),
) -> Bytes:
    """Photograph `scan` (h, w, 3) and return the (size, size, 3) crop that a detector would have cut out."""
    return described_crop(scan, rng, size, neighbours, grounds).pixels


def described_crop(
    scan: Bytes,
    rng: np.random.Generator,
    size: int,
    neighbours: Pictures = (),
    grounds: Sequence[Bytes] = (),
    wish: Wish = ANYHOW,
) -> PhotoCrop:
    """Do as `photo_crop` does, in the way that is wished for, and say what was done."""
    card_width = float(np.exp(rng.uniform(np.log(wish.narrowest), np.log(wish.widest))))
    margin = card_width * 0.3
    width, height = int(card_width + 2 * margin), int(card_width * CARD_ASPECT + 2 * margin)
    canvas = draw_ground(rng, height, width, grounds)
    quad = _seen_quad(rng, card_width, margin)
    if len(neighbours) and rng.random() < 0.4:
        _lay_neighbours(canvas, quad, neighbours, rng)
    if relabelled := len(neighbours) > 0 and rng.random() < 0.2:
        scan = in_another_language(scan, neighbours[int(rng.integers(len(neighbours)))], rng)
    surface = card_surface(at_width(scan, card_width), rng, plastic=wish.plastic, foil=wish.foil, shine=wish.shine)
    place(canvas, surface, quad)
    if touched := rng.random() < 0.1:
        finger(canvas, rng, tuple(quad[rng.integers(4)] + rng.normal(0, card_width * 0.15, 2)), card_width * 0.25)
    if wish.dim and rng.random() < wish.dim:
        canvas = np.asarray(canvas * rng.uniform(0.25, 0.7), np.uint8)
    shot = shoot(canvas, rng, softest=0.4 + card_width / 110)
    pixels = shot.pixels
    if wish.cut and rng.random() < wish.cut:
        pixels, quad = _cut_off(pixels, quad, rng)
    conditions = Conditions(
        card_width,
        turned_by(quad),
        visible=share_within(quad, _frame(pixels)),
        foil=surface.foil,
        sleeve=surface.sleeve,
        glare=surface.glare,
        blur=shot.blur,
        finger=touched,
        relabelled=relabelled,
    )
    return PhotoCrop(straighten(pixels, jitter(quad, rng), size, size), conditions)


def _cut_off(pixels: Bytes, quad: Points, rng: np.random.Generator) -> tuple[Bytes, Points]:
    """Move the photo's edge, on one side, into the card: up to two fifths of it are lost."""
    lost, side = rng.uniform(0.05, 0.4), int(rng.integers(4))
    low, high = quad.min(axis=0), quad.max(axis=0)
    at = low + (high - low) * (lost if side < 2 else 1 - lost)
    x, y = int(at[0]), int(at[1])
    if side == 0:
        return pixels[:, x:], np.asarray(quad - [x, 0], np.float32)
    if side == 1:
        return pixels[y:], np.asarray(quad - [0, y], np.float32)
    return (pixels[:, :x] if side == 2 else pixels[:y]), quad


def _frame(pixels: Bytes) -> Points:
    rows, columns = pixels.shape[:2]
    return np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - np.float32(0.5)


def in_another_language(scan: Bytes, other: Bytes, rng: np.random.Generator) -> Bytes:
    """Another card's text under the same artwork: what a printing in a language without scans looks like."""
    mixed = scan.copy()
    top, bottom = int(scan.shape[0] * rng.uniform(0.52, 0.6)), int(scan.shape[0] * rng.uniform(0.8, 0.96))
    mixed[top:bottom] = other[top:bottom]
    if rng.random() < 0.5:
        mixed[int(scan.shape[0] * 0.03) : int(scan.shape[0] * 0.1)] = other[
            int(scan.shape[0] * 0.03) : int(scan.shape[0] * 0.1)
        ]
    return mixed


def at_width(scan: Bytes, card_width: float) -> Bytes:
    """Average a scan down to the width it will have: effects on fewer pixels cost less."""
    if card_width >= scan.shape[1]:
        return scan
    size = (int(card_width), int(card_width * scan.shape[0] / scan.shape[1]))
    return np.asarray(cv2.resize(scan, size, interpolation=cv2.INTER_AREA), np.uint8)


def _seen_quad(rng: np.random.Generator, card_width: float, margin: float) -> Points:
    """A card of `card_width` pixels, turned and tilted a little, in a canvas with `margin` around it."""
    card_height = card_width * CARD_ASPECT
    corners = np.array([[0, 0], [card_width, 0], [card_width, card_height], [0, card_height]])
    corners += rng.normal(0, card_width * rng.choice([0.01, 0.04]), (4, 2))
    angle = rng.normal(0, 0.07)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.array([card_width, card_height]) / 2
    return np.asarray((corners - middle) @ turn + middle + margin, np.float32)


def jitter(quad: Points, rng: np.random.Generator) -> Points:
    """The quad as a detector gives it: shifted, scaled and each corner off by some per cent of the width."""
    side = float(np.linalg.norm(quad[1] - quad[0]))
    off = rng.normal(0, rng.choice([0.006, 0.015, 0.03]), (4, 2)) * side
    grow = (quad - quad.mean(axis=0)) * rng.normal(0.005, 0.015)
    return np.asarray(quad + off + grow + rng.normal(0, 0.01, 2) * side, np.float32)


def _lay_neighbours(canvas: Bytes, quad: Points, scans: Pictures, rng: np.random.Generator) -> None:
    """Lay other cards beside the one in `quad`, as a binder page does."""
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    gap = 1 + abs(rng.normal(0.03, 0.06))
    for step in (-across, across, -down, down):
        if rng.random() < 0.7:
            scan = at_width(scans[int(rng.integers(len(scans)))], float(np.linalg.norm(across)))
            place(canvas, card_surface(scan, rng, plastic=0), np.asarray(quad + step * gap, np.float32))


def place(canvas: Bytes, surface: Surface, quad: Points) -> None:
    """Warp a surface into `canvas` so that its card fills `quad`; plastic around it lets the ground through."""
    pixels, cover, (left, top, right, bottom) = _averaged(surface, quad)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(corners, quad)
    rows, columns = pixels.shape[:2]
    outer = np.array([[[0, 0], [columns, 0], [columns, rows], [0, rows]]], np.float32)
    reach = cv2.perspectiveTransform(outer, matrix)[0]
    limit = np.array(canvas.shape[1::-1])
    x0, y0 = np.clip(np.floor(reach.min(axis=0)).astype(int) - 1, 0, limit)
    x1, y1 = np.clip(np.ceil(reach.max(axis=0)).astype(int) + 2, 0, limit)
    if x1 <= x0 or y1 <= y0:
        return
    shift = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], np.float64)
    size = (int(x1 - x0), int(y1 - y0))
    both = np.dstack([pixels, cover])
    warped = cv2.warpPerspective(both, shift @ matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    alpha = warped[:, :, 3:].astype(np.uint16)
    part = canvas[y0:y1, x0:x1]
    part[:] = ((part * (255 - alpha) + warped[:, :, :3] * alpha + 127) // 255).astype(np.uint8)


def _averaged(surface: Surface, quad: Points) -> tuple[Bytes, Bytes, tuple[float, ...]]:
    """Average a surface down to about the size it will have, so that fine print does not alias."""
    inner_width = surface.inner[2] - surface.inner[0]
    scale = float(np.linalg.norm(quad[1] - quad[0])) / inner_width
    if scale > 0.75:
        return surface.pixels, surface.cover, surface.inner
    rows, columns = surface.cover.shape
    size = (max(int(columns * scale), 4), max(int(rows * scale), 4))
    ratios = (size[0] / columns, size[1] / rows) * 2
    pixels = cv2.resize(surface.pixels, size, interpolation=cv2.INTER_AREA)
    cover = cv2.resize(surface.cover, size, interpolation=cv2.INTER_AREA)
    inner = tuple(edge * ratio for edge, ratio in zip(surface.inner, ratios, strict=True))
    return np.asarray(pixels, np.uint8), np.asarray(cover, np.uint8), inner
