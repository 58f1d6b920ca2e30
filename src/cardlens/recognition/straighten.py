"""From a quad in a photo to an upright crop."""

from __future__ import annotations

import numpy as np
from PIL import Image

from cardlens.recognition.quad import Points, height, width
from cardlens.recognition.raster import homography
from cardlens.runtimes.base import Bytes


def straighten(pixels: Bytes, quad: Points, out_width: int, out_height: int, beyond: int | None = None) -> Bytes:
    """Warp `quad` of `pixels` (H, W, 3) to an upright (out_height, out_width, 3) crop.

    Coordinates are in pixels with (0, 0) the middle of the first one. Where the card is much larger than the crop, the
    photo is first averaged down, so that fine print does not alias. What lies outside the photo repeats its edge, or
    is of the grey `beyond`.
    """
    part, corners = _around(pixels, quad, beyond)
    image = Image.fromarray(part)
    shrink = int(min(width(quad) / out_width, height(quad) / out_height))
    if shrink > 1:
        image = image.reduce(shrink)
        corners = np.asarray((corners + 0.5) / shrink - 0.5, np.float32)
    # Pillow's transform counts from a pixel's corner, ours from its middle
    coefficients = homography(_rectangle(out_width, out_height), corners + 0.5).reshape(9)[:8].tolist()
    size = (out_width, out_height)
    crop = image.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    return np.asarray(crop)


def _around(pixels: Bytes, quad: Points, beyond: int | None) -> tuple[Bytes, Points]:
    """Cut out the quad's surroundings, the photo's edge repeated (or grey) where the quad reaches over it."""
    rows, columns = pixels.shape[:2]
    # a wild quad may reach anywhere; more than a photo's size outside there is nothing to see
    x0, y0 = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 2, [-columns, -rows])
    x1, y1 = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 3, [2 * columns, 2 * rows])
    inside = pixels[max(y0, 0) : max(y1, 1), max(x0, 0) : max(x1, 1)]
    if min(inside.shape) == 0:
        inside = pixels[-1:, -1:]
    before_y, before_x = max(-y0, 0), max(-x0, 0)
    after_y = max(y1 - y0 - before_y - inside.shape[0], 0)
    after_x = max(x1 - x0 - before_x - inside.shape[1], 0)
    if before_y or before_x or after_y or after_x:
        frame = ((before_y, after_y), (before_x, after_x), (0, 0))
        inside = np.pad(inside, frame, mode="edge") if beyond is None else np.pad(inside, frame, constant_values=beyond)
    return np.ascontiguousarray(inside), np.asarray(quad - [x0, y0], np.float32)


def _rectangle(out_width: int, out_height: int) -> Points:
    return np.array([[0, 0], [out_width, 0], [out_width, out_height], [0, out_height]], np.float32)
