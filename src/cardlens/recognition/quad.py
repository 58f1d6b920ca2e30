"""Four corners of a card in a photo."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]

CARD_WIDTH_MM, CARD_HEIGHT_MM = 63.0, 88.0
CARD_ASPECT = CARD_HEIGHT_MM / CARD_WIDTH_MM


def as_quad(corners: Points | Sequence[Sequence[float]]) -> Points:
    """Check and convert to a quad: (4, 2) float32 pixels, first corner the card's own top left, then clockwise."""
    quad = np.asarray(corners, np.float32)
    if quad.shape != (4, 2) or not np.isfinite(quad).all():
        raise ValueError(f"a quad is four finite (x, y) corners, not an array of shape {quad.shape}")
    return quad


def width(quad: Points) -> float:
    """Mean length of the top and bottom edges, in pixels."""
    return float((np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2)


def height(quad: Points) -> float:
    """Mean length of the left and right edges, in pixels."""
    return float((np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2)


def area(quad: Points) -> float:
    """Enclosed area, in square pixels."""
    x, y = quad[:, 0].astype(np.float64), quad[:, 1].astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def iou(one: Points, other: Points) -> float:
    """Intersection over union of two convex quads, 0..1."""
    shared, _ = cv2.intersectConvexConvex(cv2.convexHull(one), cv2.convexHull(other))
    union = area(one) + area(other) - shared
    return float(shared / union) if union > 0 else 0.0
