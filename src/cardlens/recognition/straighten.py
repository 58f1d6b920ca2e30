"""From a quad in a photo to an upright crop."""

from __future__ import annotations

import cv2
import numpy as np

from cardlens.recognition.quad import Points, height, width
from cardlens.runtimes.base import Bytes


def straighten(pixels: Bytes, quad: Points, out_width: int, out_height: int) -> Bytes:
    """Warp `quad` of `pixels` (H, W, 3) to an upright (out_height, out_width, 3) crop.

    Where the card is much larger than the crop, the photo is first averaged down, so that fine print does not alias.
    """
    shrink = min(width(quad) / out_width, height(quad) / out_height)
    if shrink > 2:
        pixels, quad = _shrunk(pixels, quad, shrink)
    target = np.array([[0, 0], [out_width, 0], [out_width, out_height], [0, out_height]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    crop = cv2.warpPerspective(pixels, matrix, (out_width, out_height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _shrunk(pixels: Bytes, quad: Points, shrink: float) -> tuple[Bytes, Points]:
    """Cut out the quad's bounding box and average it down by the whole number below `shrink`."""
    bottom, right = pixels.shape[:2]
    x0, y0 = np.clip(np.floor(quad.min(axis=0)).astype(int) - 2, 0, [max(right - 2, 0), max(bottom - 2, 0)])
    x1, y1 = np.clip(np.ceil(quad.max(axis=0)).astype(int) + 2, [x0 + 1, y0 + 1], [right, bottom])
    part = pixels[y0:y1, x0:x1]
    size = (max(int((x1 - x0) / int(shrink)), 1), max(int((y1 - y0) / int(shrink)), 1))
    scale = np.array([size[0] / (x1 - x0), size[1] / (y1 - y0)], np.float32)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), ((quad - [x0, y0] + 0.5) * scale - 0.5).astype(np.float32)
