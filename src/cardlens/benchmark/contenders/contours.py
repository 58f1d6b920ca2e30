"""Cards as outlines: quadrilaterals of a card's proportions among the edges of a photo."""

from __future__ import annotations

import cv2
import numpy as np

from cardlens.recognition.quad import Points, as_quad, height, iou, width
from cardlens.runtimes.base import Bytes

_LONGEST = 800
# of the photo's area (the photo's own frame is no card); of height to width
_SMALLEST, _LARGEST, _ASPECTS = 0.002, 0.97, (1.1, 1.9)
_MOST, _SAME = 24, 0.5


def card_outlines(photo: Bytes) -> list[Points]:
    """Quads in (H, W, 3), the largest first, none twice; their first edge is one of the short ones."""
    scale = min(_LONGEST / max(photo.shape[:2]), 1.0)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.asarray(cv2.bilateralFilter(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), 7, 50, 50), np.uint8)
    quads: list[Points] = []
    for edges in _edges(grey):
        contours, _ = cv2.findContours(edges, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        quads += [quad for contour in contours if (quad := _as_card(np.asarray(contour), grey.size)) is not None]
    quads.sort(key=lambda quad: -cv2.contourArea(quad))
    kept: list[Points] = []
    for quad in quads:
        if len(kept) < _MOST and all(iou(quad, other) < _SAME for other in kept):
            kept.append(quad)
    return [np.asarray((quad + 0.5) / scale - 0.5, np.float32) for quad in kept]


def _edges(grey: Bytes) -> list[Bytes]:
    fine = cv2.dilate(cv2.Canny(grey, 40, 120), np.ones((3, 3), np.uint8))
    _, light = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return [np.asarray(fine, np.uint8), np.asarray(light, np.uint8), np.asarray(255 - light, np.uint8)]


def _as_card(contour: Points, pixels: int) -> Points | None:
    """The four corners of a contour, clockwise, where it has four and a card's proportions."""
    hull = cv2.convexHull(contour)
    corners = cv2.approxPolyDP(hull, 0.03 * cv2.arcLength(hull, closed=True), closed=True)[:, 0]
    if len(corners) != 4 or not _SMALLEST < cv2.contourArea(corners) / pixels < _LARGEST:
        return None
    quad = as_quad(np.asarray(corners, np.float32))
    along = np.roll(quad, -1, axis=0) - quad
    if along[0, 0] * along[1, 1] - along[0, 1] * along[1, 0] < 0:
        quad = quad[::-1]
    if width(quad) > height(quad):
        quad = np.roll(quad, 1, axis=0)
    return quad.copy() if _ASPECTS[0] < height(quad) / max(width(quad), 1.0) < _ASPECTS[1] else None
