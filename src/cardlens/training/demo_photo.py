"""A photo of demo cards on a table: perspective, shadows, a sleeve, wood and camera noise, with its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.demo_face import HEIGHT as CARD_HEIGHT
from cardlens.training.demo_face import WIDTH as CARD_WIDTH

WIDTH, HEIGHT = 1600, 1200
_FINE = 2  # rendered this much larger and averaged down
_ON_TABLE = 268  # width of a card on the table, in pixels of the photo seen straight from above

Matrix = npt.NDArray[np.float64]
Quad = list[list[float]]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a card lies on the table: its middle, and its turn clockwise in degrees (180: upside down)."""

    number: int
    x: float
    y: float
    turn: float
    sleeved: bool = False


PLACES = (
    Placed(1, 185, 325, -13),
    Placed(12, 492, 300, 7),
    Placed(4, 800, 335, -4, sleeved=True),
    Placed(5, 1108, 312, 186),
    Placed(2, 1415, 340, 16),
    Placed(6, 290, 868, 15),
    Placed(8, 690, 862, -79),
    Placed(11, 1066, 866, 5),
    Placed(10, 1366, 872, -19),
)


def draw_photo(faces: dict[int, Bytes], seed: int = 7) -> tuple[Bytes, list[Quad]]:
    """Photograph cards, by number (838, 600, 4) uint8 RGBA, as they lie in `PLACES`.

    Returns:
        (1200, 1600, 3) uint8 RGB, and a quad a place: four (x, y) in pixels, the card's own top left first.
    """
    random = np.random.default_rng(seed)
    scene = _wood(random)
    camera = _camera()
    quads = []
    for place in PLACES:
        matrix = camera @ _on_table(place)
        _lay_down(scene, faces[place.number], matrix, place.sleeved)
        quads.append(_corners(matrix))
    return _exposed(scene, random), quads


def _camera() -> Matrix:
    """Homography from the table to the photo: held a little obliquely, and not quite straight."""
    table = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    seen = np.array([[96, 46], [1516, 22], [1668, 1216], [-58, 1236]], np.float32)
    return cast(Matrix, cv2.getPerspectiveTransform(table, seen))


def _on_table(place: Placed) -> Matrix:
    """From pixels of the card's face to the table."""
    scale, angle = _ON_TABLE / CARD_WIDTH, np.deg2rad(place.turn)
    turn = np.array([[np.cos(angle), -np.sin(angle), place.x], [np.sin(angle), np.cos(angle), place.y], [0, 0, 1]])
    middle = np.array([[scale, 0, -scale * CARD_WIDTH / 2], [0, scale, -scale * CARD_HEIGHT / 2], [0, 0, 1]])
    return np.asarray(turn @ middle)


def _corners(matrix: Matrix) -> Quad:
    """Quad of a whole card, with pixels counted at their middles as everywhere in cardlens."""
    edges = np.array([[[0, 0], [CARD_WIDTH, 0], [CARD_WIDTH, CARD_HEIGHT], [0, CARD_HEIGHT]]], np.float64)
    seen = cv2.perspectiveTransform(edges, matrix)[0] - 0.5
    return [[round(float(x), 1), round(float(y), 1)] for x, y in seen]


def _wood(random: np.random.Generator) -> Floats:
    """Planks of a table, (2400, 3200, 3) float32."""
    high, wide = HEIGHT * _FINE, WIDTH * _FINE
    fine = cv2.GaussianBlur(random.normal(0, 1, (high, wide // 8)).astype(np.float32), (0, 0), 1.2)
    grain = cv2.resize(fine, (wide, high), interpolation=cv2.INTER_CUBIC) * 26
    broad = cv2.resize(random.normal(0, 1, (60, 8)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC) * 7
    veins = (grain + broad)[..., None] * np.asarray([1.0, 0.9, 0.75], np.float32)
    wood = np.asarray([148, 108, 74], np.float32) + veins
    plank = high // 5
    for top in range(0, high, plank):
        wood[top : top + plank] *= random.uniform(0.88, 1.08)
        wood[top : top + 5] *= 0.45
        seam = int(random.integers(wide // 5, wide - 5))
        wood[top : top + plank, seam : seam + 5] *= 0.5
    seen = cv2.warpPerspective(wood, _fine(_camera()), (wide, high), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen, np.float32)


def _fine(matrix: Matrix) -> Matrix:
    """A homography between photos made one between photos `_FINE` times as large."""
    larger = np.diag([float(_FINE), float(_FINE), 1.0])
    return np.asarray(larger @ matrix @ np.linalg.inv(larger))


def _lay_down(scene: Floats, face: Bytes, matrix: Matrix, sleeved: bool) -> None:
    """Draw a card and its shadow into the scene; in a sleeve, that is a little larger and shines."""
    around = np.array(_corners(matrix)) * _FINE
    left, top = np.clip(around.min(axis=0).astype(int) - 120, 0, None)
    right, bottom = np.clip(around.max(axis=0).astype(int) + 120, 0, [scene.shape[1], scene.shape[0]])
    part = scene[top:bottom, left:right]
    halves = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])  # OpenCV counts pixels at their middles
    to_part = np.linalg.inv(halves) @ _moved(-left, -top) @ np.diag([_FINE, _FINE, 1.0]) @ matrix @ halves
    card = cv2.warpPerspective(face, to_part, (part.shape[1], part.shape[0])).astype(np.float32)
    alpha = card[..., 3:] / np.float32(255)
    for x, y, blur, strength in ((6, 5, 3.0, 0.5), (22, 16, 16.0, 0.38)):
        part *= 1 - strength * _shadow(alpha[..., 0], x, y, blur)
    if sleeved:
        _lay_film(part, to_part, behind=True)
    part += (card[..., :3] * np.asarray([1.0, 0.985, 0.95], np.float32) - part) * alpha
    if sleeved:
        _lay_film(part, to_part, behind=False)


def _moved(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def _shadow(alpha: Floats, x: float, y: float, blur: float) -> Floats:
    """(h, w, 1) float32, 0..1: the silhouette `alpha` moved by (x, y) and softened."""
    moved = cv2.warpAffine(alpha, _moved(x, y)[:2], alpha.shape[::-1])
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), blur), np.float32)[..., None]


def _lay_film(part: Floats, to_part: Matrix, behind: bool) -> None:
    """The two sides of a clear sleeve: the back one whitish, the front one with a gleam across and bright rims."""
    margin = 22
    film = np.zeros((CARD_HEIGHT + 2 * margin, CARD_WIDTH + 2 * margin), np.float32)
    if behind:
        film[:] = 0.3
    else:
        y, x = np.mgrid[0 : film.shape[0], 0 : film.shape[1]].astype(np.float32)
        across = x + 0.55 * y
        film += 0.05 + 0.3 * np.exp(-(((across - 640) / 60) ** 2)) + 0.1 * np.exp(-(((across - 780) / 22) ** 2))
        cv2.rectangle(film, (2, 2), (film.shape[1] - 3, film.shape[0] - 3), 0.6, 3)
    seen = cv2.warpPerspective(film, to_part @ _moved(-margin, -margin), part.shape[1::-1])
    part += (np.asarray([250, 250, 255], np.float32) - part) * seen[..., None]


def _exposed(scene: Floats, random: np.random.Generator) -> Bytes:
    """What the camera makes of it: window light from the left, a soft lens, noise."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32) / WIDTH
    light = 1.12 - 0.3 * x - 0.12 * y - 0.35 * ((x - 0.5) ** 2 + (y - 0.375) ** 2)
    small = cv2.resize(scene, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    lit = cv2.GaussianBlur(small, (0, 0), 0.6) * light[..., None] * np.asarray([1.02, 1.0, 0.96], np.float32)
    noise = cv2.GaussianBlur(random.normal(0, 4, (HEIGHT, WIDTH, 3)).astype(np.float32), (0, 0), 0.7)
    return np.asarray(np.clip(lit + noise, 0, 255), np.uint8)


def truth(card_ids: Sequence[str], quads: Sequence[Quad], photo: str) -> dict[str, object]:
    """What the photo shows, as it is kept beside it."""
    cards = [{"card_id": card_id, "quad": quad} for card_id, quad in zip(card_ids, quads, strict=True)]
    return {"photo": photo, "size": [WIDTH, HEIGHT], "cards": cards}
