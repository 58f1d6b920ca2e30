"""Whole photos with many cards, and the truth about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.recognition.quad import CARD_ASPECT, Points, area, width
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.camera import finger, photograph, shoot
from cardlens.training.simulator.conditions import Conditions, turned_by
from cardlens.training.simulator.crops import at_width, place
from cardlens.training.simulator.grounds import draw_ground
from cardlens.training.simulator.layouts import LAYOUTS, alone, filling, scattered, tilt
from cardlens.training.simulator.surfaces import Pictures, Surface, card_back, card_surface, glare


@dataclass(frozen=True, slots=True)
class SeenCard:
    """The truth about one card: `scan` is its row among the scans, `visible` the share of it that is in sight."""

    quad: Points
    scan: int
    visible: float
    conditions: Conditions = field(default_factory=Conditions)


@dataclass(frozen=True, slots=True)
class Scene:
    """A rendered photo, `pixels` (size, size, 3) uint8 RGB, every card in it, and where things lie that are none."""

    pixels: Bytes
    cards: tuple[SeenCard, ...]
    others: tuple[Points, ...] = ()


def draw_scene(rng: np.random.Generator, size: int, scans: Pictures, grounds: Sequence[Bytes]) -> Scene:
    """Render a photo: with cards in one of the layouts, or (one in nine) with other things only."""
    canvas = draw_ground(rng, size, size, grounds)
    if rng.random() < 0.11:
        others = _other_quads(rng, size)
        _lay_others(canvas, others, rng, grounds)
        return Scene(photograph(canvas, rng), (), tuple(others))
    layouts, shares = zip(*LAYOUTS, strict=True)
    layout = layouts[int(rng.choice(len(layouts), p=np.asarray(shares) / sum(shares)))]
    quads = layout(rng, size)
    quads = quads if layout is filling else tilt(quads, rng, size)
    return render(rng, canvas, quads, scans, grounds)


def render(
    rng: np.random.Generator,
    canvas: Bytes,
    quads: list[Points],
    scans: Pictures,
    grounds: Sequence[Bytes],
    order: Sequence[int] = (),
) -> Scene:
    """Lay a card into each quad, among other things and fingers, and photograph it all.

    The cards are random ones; where `order` gives rows of scans, a run of it from somewhere.
    """
    if len(quads) > 3 and rng.random() < 0.5:
        _lay_sheet(canvas, quads, rng)
    others = _other_quads(rng, canvas.shape[0]) if rng.random() < 0.2 else []
    _lay_others(canvas, others, rng, grounds)
    owner = np.full(canvas.shape[:2], -1, np.int16)
    rows = rng.integers(0, len(scans), len(quads))
    if order:
        rows = np.asarray(order)[(rows[:1] + np.arange(len(quads))) % len(order)]
    plastic = float(rng.choice([0.0, 0.5, 1.0]))
    surfaces: list[Surface] = []
    for number, (quad, row) in enumerate(zip(quads, rows, strict=True)):
        scan = at_width(scans[int(row)], max(width(quad), 16))
        surfaces.append(card_surface(scan, rng, plastic=plastic))
        place(canvas, surfaces[-1], quad)
        cv2.fillConvexPoly(owner, np.round(quad).astype(np.int32), number)
    touched = _lay_finger(canvas, owner, quads, rng) if rng.random() < 0.15 else -1
    light = 0.0
    if rng.random() < 0.2:
        light = rng.uniform(0.2, 0.9)
        canvas = np.clip(glare(canvas.astype(np.float32), rng, light), 0, 255).astype(np.uint8)
    shot = shoot(canvas, rng)
    counts = np.bincount(owner[owner >= 0], minlength=len(quads))
    cards = []
    for number, (quad, row, surface) in enumerate(zip(quads, rows, surfaces, strict=True)):
        visible = min(float(counts[number] / max(area(quad), 1.0)), 1.0)
        seen = _conditions(quad, visible, surface, light, shot.blur, touched=number == touched)
        cards.append(SeenCard(quad, int(row), visible, seen))
    return Scene(shot.pixels, tuple(cards), tuple(others))


def _conditions(
    quad: Points, visible: float, surface: Surface, light: float, blur: float, *, touched: bool
) -> Conditions:
    return Conditions(
        width=width(quad),
        turned=turned_by(quad),
        visible=visible,
        foil=surface.foil,
        sleeve=surface.sleeve,
        glare=max(surface.glare, light),
        blur=blur,
        finger=touched,
    )


def _lay_finger(canvas: Bytes, owner: npt.NDArray[np.int16], quads: list[Points], rng: np.random.Generator) -> int:
    """Lay a finger over a card; returns which."""
    number = int(rng.integers(len(quads)))
    quad = quads[number]
    tip = quad[int(rng.integers(4))] + rng.normal(0, 0.15, 2) * width(quad)
    before = canvas.copy()
    finger(canvas, rng, (float(tip[0]), float(tip[1])), width(quad) * rng.uniform(0.15, 0.35))
    owner[(before != canvas).any(axis=2)] = -1
    return number


def _lay_sheet(canvas: Bytes, quads: list[Points], rng: np.random.Generator) -> None:
    """A binder sheet, tray or mat beneath the cards, and a pocket around each place."""
    hull = cv2.convexHull(np.concatenate(quads))[:, 0]
    middle = hull.mean(axis=0)
    sheet = middle + (hull - middle) * rng.uniform(1.02, 1.2)
    grey = float(rng.choice([10, 30, 60, 200, 245])) + rng.normal(0, 6, 3)
    colour = tuple(float(value) for value in np.clip(grey, 0, 255))
    layer = canvas.copy()
    cv2.fillConvexPoly(layer, np.round(sheet).astype(np.int32), colour)
    share = rng.uniform(0.4, 1.0)
    canvas[:] = cv2.addWeighted(layer, share, canvas, 1 - share, 0)
    rim = tuple(float(value) for value in np.clip(grey + rng.choice([-60, 60]), 0, 255))
    for quad in quads:
        pocket = quad.mean(axis=0) + (quad - quad.mean(axis=0)) * rng.uniform(1.03, 1.12)
        cv2.polylines(canvas, [np.round(pocket).astype(np.int32)], isClosed=True, color=rim, lineType=cv2.LINE_AA)


def _other_quads(rng: np.random.Generator, size: int) -> list[Points]:
    layout = scattered if rng.random() < 0.6 else alone
    quads = layout(rng, size)[: int(rng.integers(1, 9))]
    shapes = rng.uniform(0.75, 1.35, len(quads))
    return [
        np.asarray(quad.mean(axis=0) + (quad - quad.mean(axis=0)) * [shape, 1], np.float32)
        for quad, shape in zip(quads, shapes, strict=True)
    ]


def _lay_others(canvas: Bytes, quads: list[Points], rng: np.random.Generator, grounds: Sequence[Bytes]) -> None:
    """Things of a card's shape that are no cards: backs, phones, boxes, pictures, empty pockets."""
    for quad in quads:
        across = int(np.clip(width(quad), 16, 240))
        shape = (int(across * CARD_ASPECT), across)
        kind = rng.random()
        if kind < 0.45:
            pixels = card_back(rng, *shape)
        elif kind < 0.7:
            pixels = draw_ground(rng, *shape, grounds)
        else:
            pixels = np.full((*shape, 3), rng.integers(0, 256, 3), np.uint8)
        cover = np.full(shape, 255, np.uint8)
        if rng.random() < 0.25:
            cover[:] = int(rng.uniform(10, 70))
            cv2.rectangle(cover, (0, 0), (shape[1] - 1, shape[0] - 1), 200, max(across // 40, 1))
        place(canvas, Surface(pixels, cover, (0, 0, shape[1], shape[0])), quad)
