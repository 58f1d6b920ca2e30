"""Four corners of a card in a photo."""

from __future__ import annotations

from collections.abc import Sequence

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


def middle(quad: Points) -> Points:
    """Where the diagonals cross, (x, y): the card's middle, seen in perspective."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.astype(np.float64)
    one, other = (cx - ax, cy - ay), (dx - bx, dy - by)
    across = one[0] * other[1] - one[1] * other[0]
    share = ((bx - ax) * other[1] - (by - ay) * other[0]) / across if across else 0.5
    return np.array([ax + share * one[0], ay + share * one[1]], np.float32)


def resized(quad: Points, ratio: npt.NDArray[np.floating] | float) -> Points:
    """Take a quad to where it is when its picture is resized by `ratio`: one number, or (x, y)."""
    return np.asarray((quad + 0.5) * ratio - 0.5, np.float32)


def turned_like(quad: Points, other: Points) -> Points:
    """The same corners, beginning with the one where `other` begins: which way up is known from before."""
    ways = [np.roll(quad, turns, axis=0) for turns in range(4)]
    return min(ways, key=lambda way: float(np.linalg.norm(way - way.mean(axis=0) - other + other.mean(axis=0))))


def grown(quad: Points, by: float) -> Points:
    """The same about its middle, `by` times as large."""
    centre = middle(quad)
    return np.asarray(centre + (quad - centre) * by, np.float32)


def area(quad: Points) -> float:
    """Enclosed area, in square pixels."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = ((float(x), float(y)) for x, y in quad)
    return abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2  # half the cross product of the diagonals


def iou(one: Points, other: Points) -> float:
    """Intersection over union of two convex quads, 0..1."""
    shared = _clip(_clockwise(one), _clockwise(other))
    union = area(one) + area(other) - shared
    return shared / union if union > 0 else 0.0


def share_within(quad: Points, window: Points) -> float:
    """Share of a convex quad that lies inside another, 0..1."""
    own = area(quad)
    return min(_clip(_clockwise(quad), _clockwise(window)) / own, 1.0) if own > 0 else 0.0


def _clockwise(quad: Points) -> npt.NDArray[np.float64]:
    x, y = quad[:, 0].astype(np.float64), quad[:, 1].astype(np.float64)
    turning = np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
    return (quad if turning > 0 else quad[::-1]).astype(np.float64)


def _clip(subject: npt.NDArray[np.float64], window: npt.NDArray[np.float64]) -> float:
    """Area of the part of `subject` inside the convex `window` (Sutherland and Hodgman, CACM 1974)."""
    points = [(float(x), float(y)) for x, y in subject]
    for (ax, ay), (bx, by) in zip(window, np.roll(window, -1, axis=0), strict=True):
        sides = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in points]
        kept: list[tuple[float, float]] = []
        for index, (here, side) in enumerate(zip(points, sides, strict=True)):
            before, before_side = points[index - 1], sides[index - 1]
            if (side >= 0) != (before_side >= 0):
                share = before_side / (before_side - side)
                kept.append((before[0] + (here[0] - before[0]) * share, before[1] + (here[1] - before[1]) * share))
            if side >= 0:
                kept.append(here)
        points = kept
    if len(points) < 3:
        return 0.0
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2
