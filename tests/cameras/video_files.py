"""Small videos, drawn for a test."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDE, HIGH, RATE = 96, 64, 10


def write_video(file: Path, count: int) -> Path:
    """`count` frames, ten a second; each is redder than the one before, and green at the left."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), RATE, (WIDE, HIGH))
    for number in range(count):
        bgr = np.zeros((HIGH, WIDE, 3), np.uint8)
        bgr[:, :, 2] = number * 200 // max(count - 1, 1)
        bgr[:, : WIDE // 2, 1] = 200
        writer.write(bgr)
    writer.release()
    return file
