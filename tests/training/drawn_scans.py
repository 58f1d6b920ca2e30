"""Scans drawn by the test itself: coloured rectangles and letters, in place of anybody's cards."""

from __future__ import annotations

import cv2
import numpy as np

from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.scans import HEIGHT, WIDTH, ScanRecord, Scans


def drawn_scan(seed: int) -> Bytes:
    """A face of its own, (336, 240, 3): a frame, a picture of rectangles, lines of letters."""
    random = np.random.default_rng(seed)
    scan = np.full((HEIGHT, WIDTH, 3), random.integers(120, 256, 3), np.uint8)
    for _ in range(12):
        x, y = int(random.integers(16, 180)), int(random.integers(36, 150))
        corner = (min(x + int(random.integers(10, 60)), 224), min(y + int(random.integers(10, 50)), 180))
        cv2.rectangle(scan, (x, y), corner, random.integers(0, 256, 3).tolist(), -1)
    for line in range(6):
        text = "".join(chr(97 + letter) for letter in random.integers(0, 26, 14))
        cv2.putText(scan, text, (16, 200 + 20 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    return scan


def drawn_scans(card_ids: tuple[str, ...] = ("a-1", "a-2", "a-3")) -> Scans:
    """Scans of a few cards, one each."""
    pixels = np.stack([drawn_scan(seed) for seed in range(len(card_ids))])
    return Scans(pixels, [ScanRecord(card_id, "scans", f"scans/{card_id}.webp") for card_id in card_ids])


def drawn_grounds() -> list[Bytes]:
    """One photo of no cards: noise, blurred."""
    noise = np.random.default_rng(99).integers(0, 256, (160, 200, 3), dtype=np.uint8)
    return [np.asarray(cv2.GaussianBlur(noise, (0, 0), 4), np.uint8)]
