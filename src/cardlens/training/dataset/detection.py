"""Rendered photos with the truth about every card, for any detector to train on."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from rich.progress import track

from cardlens.runtimes.base import Bytes
from cardlens.training.dataset.forms import (
    LabelledCard,
    LabelledPhoto,
    as_coco,
    as_yolo,
    box,
    corner_states,
    yolo_data,
)
from cardlens.training.simulator.scenes import Scene, draw_scene

SIZE = 640
_QUALITY = 92
# less of a card in sight, or a smaller box, is not labelled
_LEAST_VISIBLE, _LEAST_PIXELS = 0.15, 8.0


@dataclass(frozen=True, slots=True)
class Faces:
    """What photos are rendered of: pictures (336, 240, 3) of cards and the ids of these, and grounds to lie on."""

    pictures: Sequence[Bytes]
    card_ids: Sequence[str]
    grounds: Sequence[Bytes]


@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """A rendered photo, `jpeg` its file, and what is true of it."""

    photo: LabelledPhoto
    jpeg: bytes


def write_detection(folder: Path, split: str, drawn: Iterable[DrawnPhoto], count: int) -> None:
    """Write `count` photos into `<folder>/images/<split>`, labelled in both forms.

    Writes `labels/<split>/*.txt`, `annotations/<split>.json` and `data.yaml`.
    """
    images, labels = folder / "images" / split, folder / "labels" / split
    for each in (images, labels, folder / "annotations"):
        each.mkdir(parents=True, exist_ok=True)
    photos = []
    for one in track(drawn, f"photos, {split}", count, transient=True):
        (images / one.photo.name).write_bytes(one.jpeg)
        (labels / one.photo.name).with_suffix(".txt").write_text(as_yolo(one.photo), encoding="utf-8")
        photos.append(one.photo)
    (folder / "annotations" / f"{split}.json").write_text(json.dumps(as_coco(photos)), encoding="utf-8")
    sides = [side for side in ("train", "val", "test") if (folder / "images" / side).is_dir()]
    (folder / "data.yaml").write_text(yolo_data(sides), encoding="utf-8")


def draw_photos(faces: Faces, numbers: Iterable[int], seed: int) -> Iterator[DrawnPhoto]:
    """Render photos by their numbers; a seed gives the same ones, whoever renders which."""
    cv2.setNumThreads(1)
    for number in numbers:
        scene = draw_scene(np.random.default_rng([seed, number]), SIZE, faces.pictures, faces.grounds)
        ids = [faces.card_ids[card.scan] for card in scene.cards]
        photo = LabelledPhoto(f"{number:06d}.jpg", (SIZE, SIZE), tuple(_cards(scene, ids)))
        yield DrawnPhoto(photo, _as_jpeg(scene.pixels))


def _as_jpeg(pixels: Bytes) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()


def _cards(scene: Scene, card_ids: Sequence[str]) -> Iterator[LabelledCard]:
    quads = [card.quad for card in scene.cards]
    for card, state, card_id in zip(scene.cards, corner_states(quads, SIZE), card_ids, strict=True):
        _, _, across, down = box(card.quad, (SIZE, SIZE))
        if card.visible >= _LEAST_VISIBLE and min(across, down) >= _LEAST_PIXELS:
            yield LabelledCard(card.quad, state, card_id, card.visible)
