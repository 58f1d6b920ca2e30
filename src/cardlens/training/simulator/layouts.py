"""Where cards lie in a photo: alone, scattered, on binder pages, in displays, fanned, or filling the frame."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.recognition.quad import CARD_ASPECT, Points

Layout = Callable[[np.random.Generator, int], list[Points]]


def card_at(x: float, y: float, card_width: float, angle: float) -> Points:
    """A flat card's quad: middle (x, y), `card_width` pixels wide, turned by `angle` radians clockwise."""
    half = np.array([card_width, card_width * CARD_ASPECT]) / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(corners @ turn + [x, y], np.float32)


def _card_around(middle: npt.NDArray[np.float64], card_width: float, angle: float) -> Points:
    return card_at(float(middle[0]), float(middle[1]), card_width, angle)


def _turn(rng: np.random.Generator, spread: float = 0.12) -> float:
    """Mostly upright, sometimes sideways or upside down, sometimes any angle."""
    kind = rng.random()
    if kind < 0.5:
        return float(rng.normal(0, spread))
    if kind < 0.75:
        return float(rng.integers(1, 4) * np.pi / 2 + rng.normal(0, spread))
    return float(rng.uniform(0, 2 * np.pi))


def alone(rng: np.random.Generator, size: int) -> list[Points]:
    """One card, from a ninth of the frame to larger than it."""
    card_width = size * float(np.exp(rng.uniform(np.log(0.08), np.log(0.95))))
    middle = size / 2 + rng.normal(0, size * 0.13, 2)
    return [card_at(middle[0], middle[1], card_width, _turn(rng))]


def filling(rng: np.random.Generator, size: int) -> list[Points]:
    """A flat scan or a tight crop: the card's corners are the picture's, about; squares and sideways too."""
    edge = rng.normal(0, 0.012, (4, 2)) * size if rng.random() < 0.6 else rng.normal(0, 0.035, (4, 2)) * size
    grow = rng.uniform(0.84, 1.04)
    tall = np.array([rng.uniform(0.66, 1.0), 1.0]) if rng.random() < 0.7 else np.array([1.0, 1.0])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * tall * size / 2 * grow + size / 2 - 0.5 + edge
    turns = int(rng.choice([0, 0, 0, 0, 1, 2, 3]))
    return [np.asarray(np.roll(corners, turns, axis=0), np.float32)]


def scattered(rng: np.random.Generator, size: int) -> list[Points]:
    """Two to fourteen cards on a table, some over others."""
    count = int(rng.integers(2, 15))
    card_width = size * float(rng.uniform(0.35, 0.75)) / np.sqrt(count)
    shared = _turn(rng)
    same = rng.random() < 0.5
    quads: list[Points] = []
    middles: list[npt.NDArray[np.float64]] = []
    apart = card_width * rng.choice([0.6, 0.9, 1.2])
    for _ in range(count * 6):
        middle = rng.uniform(0.04, 0.96, 2) * size
        if len(quads) < count and all(np.linalg.norm(middle - other) > apart for other in middles):
            angle = shared + rng.normal(0, 0.15) if same else rng.uniform(0, 2 * np.pi)
            quads.append(card_at(middle[0], middle[1], card_width * rng.uniform(0.9, 1.1), angle))
            middles.append(middle)
    return quads


def page(rng: np.random.Generator, size: int) -> list[Points]:
    """Rows and columns: a binder page, several pages, a shop's display; touching or with gaps; some gone."""
    columns, rows = (int(count) for count in _PAGES[int(rng.integers(len(_PAGES)))])
    gap = np.array([1 + abs(rng.normal(0.06, 0.07)), 1 + abs(rng.normal(0.06, 0.07))])
    reach = rng.uniform(0.6, 1.25)
    card_width = size * reach / max(columns * gap[0], rows * CARD_ASPECT * gap[1])
    pitch = gap * [card_width, card_width * CARD_ASPECT]
    spread = rng.choice([0.0, 0.01, 0.04])
    split = pitch * rng.uniform(0, 0.7, 2) * (rng.random() < 0.4)  # between pages of three
    missing = 0.0 if rng.random() < 0.6 else 0.15
    shift = rng.normal(0, size * 0.05, 2)
    turn = _turn(rng, 0.06)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    quads = []
    for row in range(rows):
        for column in range(columns):
            if rng.random() < missing:
                continue
            place = np.array([column - (columns - 1) / 2, row - (rows - 1) / 2]) * pitch
            place += split * (np.array([column, row]) // 3) + rng.normal(0, spread, 2) * card_width
            flat = card_at(place[0], place[1], card_width, rng.normal(0, spread))
            quads.append(np.asarray(flat @ matrix + size / 2 + shift, np.float32))
    return quads or alone(rng, size)


_PAGES = [
    (2, 2),
    (3, 3),
    (3, 3),
    (3, 3),
    (4, 3),
    (3, 4),
    (6, 3),
    (6, 6),
    (6, 6),
    (5, 4),
    (8, 5),
    (9, 6),
    (10, 6),
    (4, 1),
    (1, 3),
]


def fan(rng: np.random.Generator, size: int) -> list[Points]:
    """A fanned or stacked hand of cards, later ones over earlier ones."""
    count = int(rng.integers(2, 9))
    card_width = size * rng.uniform(0.15, 0.5)
    start, step, turn = rng.uniform(0.25, 0.6, 2) * size, rng.normal(0, 0.3, 2) * card_width, _turn(rng)
    bend = rng.normal(0, 0.12)
    return [_card_around(start + step * place, card_width, turn + bend * place) for place in range(count)]


LAYOUTS: tuple[tuple[Layout, float], ...] = (
    (alone, 0.24),
    (filling, 0.13),
    (scattered, 0.25),
    (page, 0.3),
    (fan, 0.08),
)


def tilt(quads: list[Points], rng: np.random.Generator, size: int) -> list[Points]:
    """Look at the whole layout from a side: one homography for all of it."""
    if not quads or rng.random() < 0.35:
        return quads
    frame = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    moved = np.asarray(frame + rng.normal(0, rng.choice([0.03, 0.1]) * size, (4, 2)), np.float32)
    matrix = cv2.getPerspectiveTransform(frame, moved)
    seen = [cv2.perspectiveTransform(quad[None], matrix)[0] for quad in quads]
    convex = all(cv2.isContourConvex(np.round(quad * 8).astype(np.int32)) for quad in seen)
    return seen if convex else quads
