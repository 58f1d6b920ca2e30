"""Cards and a backbone for a teacher so small that it takes no time."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import timm
import torch
from safetensors.torch import save_file

from cardlens.training.teacher_training import TeacherSettings
from tests.training.drawn_scans import drawn_grounds, drawn_scan

BACKBONE = "test_vit"
SETTINGS = TeacherSettings(steps=4, rate=1e-3, backbone=BACKBONE, image_size=32, blocks=1, pictures=6, device="cpu")
# base2 is a held-out set; one card on each side has a second picture
SCANS = (*(f"xy1-{number}" for number in range(1, 9)), "base2-1", "base2-2")
VIEWS = ("xy1-2", "base2-1")


def write_cards(folder: Path) -> Path:
    """`scans/`, `views/de/`, `unnamed/` and `backgrounds/`."""
    faces = {card_id: drawn_scan(seed) for seed, card_id in enumerate(SCANS)}
    pictures = {f"scans/{card_id}": face for card_id, face in faces.items()}
    pictures |= {f"views/de/{card_id}": faces[card_id] // 2 + 60 for card_id in VIEWS}
    pictures |= {"unnamed/7": drawn_scan(77)}
    for name, pixels in pictures.items():
        file = folder / f"{name}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.ascontiguousarray(pixels[:, :, ::-1]))
    (folder / "backgrounds").mkdir()
    cv2.imwrite(str(folder / "backgrounds" / "noise.png"), drawn_grounds()[0])
    return folder


def write_backbone(file: Path) -> Path:
    """Random weights of `BACKBONE`."""
    torch.manual_seed(0)
    save_file(timm.create_model(BACKBONE).state_dict(), file)
    return file
