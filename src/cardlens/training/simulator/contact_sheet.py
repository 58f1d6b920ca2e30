"""A picture of what the simulator renders."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.simulator.scenes import Scene, draw_scene

_COLUMNS, _SCENE_ROWS, _SIDE, _CROP = 4, 3, 512, 128
_ASKED, _TOP_EDGE = (0, 255, 0), (255, 255, 0)


def write_contact_sheet(data: Path, cache: Path, file: Path, seed: int) -> None:
    """Write scenes with their true quads (top edge yellow), and below them crops as the embedder sees them."""
    scans, grounds = open_scans(data, cache), open_grounds(data / "backgrounds")
    rng = np.random.default_rng(seed)
    scenes = [_marked(draw_scene(rng, _SIDE, scans.pixels, grounds)) for _ in range(_COLUMNS * _SCENE_ROWS)]
    crops = [_crop(scans, grounds, rng) for _ in range(_COLUMNS * _SIDE // _CROP * 2)]
    sheet = np.vstack([_tiled(scenes, _COLUMNS), _tiled(crops, _COLUMNS * _SIDE // _CROP)])
    Image.fromarray(sheet).save(file, quality=85)


def _crop(scans: Scans, grounds: list[Bytes], rng: np.random.Generator) -> Bytes:
    return photo_crop(scans.pixels[int(rng.integers(len(scans)))], rng, _CROP, scans.pixels, grounds)


def _marked(scene: Scene) -> Bytes:
    picture = scene.pixels.copy()
    for card in scene.cards:
        quad = np.round(card.quad).astype(np.int32)
        cv2.polylines(picture, [quad], isClosed=True, color=_ASKED)
        cv2.line(picture, quad[0].tolist(), quad[1].tolist(), _TOP_EDGE, 2)
    return picture


def _tiled(pictures: list[Bytes], columns: int) -> Bytes:
    rows = [np.hstack(pictures[at : at + columns]) for at in range(0, len(pictures), columns)]
    return np.vstack(rows)
