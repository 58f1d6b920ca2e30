"""A folder of card data whose cards the test draws itself."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.teacher_vectors import TeacherIdentity, TeacherVectors, scans_digest
from tests.training.drawn_scans import drawn_grounds, drawn_scan

# enough for a card to have twelve others that are near; base2 is held out
CARDS = (*(f"xy1-{number}" for number in range(1, 25)), "base2-1", "base2-2", "base2-3")


def write_data(folder: Path) -> Path:
    """`scans/` of `CARDS` and `backgrounds/`."""
    for name in ("scans", "backgrounds"):
        (folder / name).mkdir(parents=True)
    for seed, card_id in enumerate(CARDS):
        cv2.imwrite(str(folder / "scans" / f"{card_id}.webp"), drawn_scan(seed)[:, :, ::-1])
    cv2.imwrite(str(folder / "backgrounds" / "noise.png"), drawn_grounds()[0])
    return folder


def drawn_teacher(data: Path, cache: Path) -> TeacherVectors:
    """A teacher that finds no two pictures alike: noise, the same at each call."""
    scans = open_scans(data, cache)
    vectors = np.random.default_rng(0).normal(size=(len(scans), 768))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    identity = TeacherIdentity("drawn", "0" * 64, scans_digest(scans), 112)
    return TeacherVectors(identity, tuple(scans.records), vectors.astype(np.float16))


def drawn_data(folder: Path) -> tuple[Path, Path, Scans]:
    """Card data, its cache, and its scans."""
    data, cache = write_data(folder / "data"), folder / "cache"
    return data, cache, open_scans(data, cache)
