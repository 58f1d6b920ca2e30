"""Photos with quads in the forms that other detectors read: COCO keypoints and YOLO-pose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cardlens.recognition.quad import Points, area

CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
# COCO: labelled but hidden, labelled and in sight
HIDDEN, IN_SIGHT = 1, 2


@dataclass(frozen=True, slots=True)
class LabelledCard:
    """A card in a photo: `quad` (4, 2) in pixels, its own top left first; the state of each corner; its id."""

    quad: Points
    corners: tuple[int, int, int, int]
    card_id: str
    visible: float


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo of `size` (width, height) pixels and the cards in it."""

    name: str
    size: tuple[int, int]
    cards: tuple[LabelledCard, ...]


def corner_states(quads: Sequence[Points], size: int) -> list[tuple[int, int, int, int]]:
    """Which corners are in sight, in a photo of `size` x `size` where later cards lie over earlier ones."""
    states = []
    for number, quad in enumerate(quads):
        over = quads[number + 1 :]
        first, second, third, fourth = (_state(corner, over, size) for corner in quad)
        states.append((first, second, third, fourth))
    return states


def _state(corner: Points, over: Sequence[Points], size: int) -> int:
    x, y = float(corner[0]), float(corner[1])
    outside = not (0 <= x <= size - 1 and 0 <= y <= size - 1)
    hidden = any(cv2.pointPolygonTest(other, (x, y), measureDist=False) >= 0 for other in over)
    return HIDDEN if outside or hidden else IN_SIGHT


def box(quad: Points, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, width and height of the part of a quad that lies in the photo, in pixels."""
    low = np.clip(quad.min(axis=0) + 0.5, 0, size)
    high = np.clip(quad.max(axis=0) + 0.5, 0, size)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def as_coco(photos: Iterable[LabelledPhoto]) -> dict[str, Any]:
    """COCO keypoints (cocodataset.org/#format-data). A pixel's middle is at +0.5; corners outside keep their place."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, photo in enumerate(photos, 1):
        width, height = photo.size
        images.append({"id": number, "file_name": photo.name, "width": width, "height": height})
        for card in photo.cards:
            annotations.append({"id": len(annotations) + 1, "image_id": number, **_annotation(card, photo.size)})
    category = {
        "id": 1,
        "name": "card",
        "supercategory": "card",
        "keypoints": list(CORNERS),
        "skeleton": [[1, 2], [2, 3], [3, 4], [4, 1]],
    }
    return {"images": images, "annotations": annotations, "categories": [category]}


def _annotation(card: LabelledCard, size: tuple[int, int]) -> dict[str, Any]:
    places = (card.quad + 0.5).astype(np.float64)
    keypoints = [value for (x, y), state in zip(places, card.corners, strict=True) for value in (_r(x), _r(y), state)]
    return {
        "category_id": 1,
        "bbox": [_r(value) for value in box(card.quad, size)],
        "area": _r(area(card.quad) * card.visible),
        "segmentation": [[_r(value) for value in places.reshape(-1)]],
        "iscrowd": 0,
        "keypoints": keypoints,
        "num_keypoints": len(CORNERS),
        "card_id": card.card_id,
        "visible": round(card.visible, 3),
    }


def _r(value: float) -> float:
    return round(float(value), 2)


def as_yolo(photo: LabelledPhoto) -> str:
    """YOLO-pose: a line a card: class, box middle and size, four corners with state, all in 0..1.

    It allows no place outside the photo: such corners are `0 0 0`, not labelled.
    """
    return "".join(f"{_yolo_line(card, photo.size)}\n" for card in photo.cards)


def _yolo_line(card: LabelledCard, size: tuple[int, int]) -> str:
    width, height = size
    left, top, across, down = box(card.quad, size)
    values = [(left + across / 2) / width, (top + down / 2) / height, across / width, down / height]
    words = ["0", *(f"{value:.6f}" for value in values)]
    for (x, y), state in zip((card.quad + 0.5).astype(np.float64), card.corners, strict=True):
        inside = 0 <= x <= width and 0 <= y <= height
        words += [f"{x / width:.6f}", f"{y / height:.6f}", str(state)] if inside else ["0", "0", "0"]
    return " ".join(words)


def yolo_data(sides: Sequence[str]) -> str:
    """`data.yaml` of YOLO-pose, for the sides that there are photos of. Folders are told from where the file lies."""
    return f"""\
# YOLO-pose: four corners a card, the card's own top left first, then clockwise.
# There is no flip_idx, so that pictures are not mirrored in augmentation: a card's face has no mirror image.
# There is no path either: it would be told from where training is started.
{"".join(f"{side}: images/{side}{chr(10)}" for side in sides)}kpt_shape: [4, 3]
names:
  0: card
"""
