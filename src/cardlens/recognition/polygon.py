"""Convex polygons: hull, overlap, area."""

from __future__ import annotations

from collections.abc import Iterable

Point = tuple[float, float]


def hull(points: Iterable[Point]) -> list[Point]:
    """Return the convex hull, clockwise on the screen (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    return _chain(ordered) + _chain(ordered[::-1])


def _chain(ordered: list[Point]) -> list[Point]:
    chain: list[Point] = []
    for point in ordered:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain[:-1]


def overlap(one: list[Point], other: list[Point]) -> list[Point]:
    """Return what two hulls share, empty where they do not meet (Sutherland and Hodgman)."""
    shared = one
    for start, end in zip(other, other[1:] + other[:1], strict=True):
        shared = _cut(shared, start, end)
    return shared


def _cut(polygon: list[Point], start: Point, end: Point) -> list[Point]:
    """Keep the part of a polygon on the inner side of a line."""
    sides = [_turn(start, end, point) for point in polygon]
    kept: list[Point] = []
    for at, (point, side) in enumerate(zip(polygon, sides, strict=True)):
        before, side_before = polygon[at - 1], sides[at - 1]
        if side_before * side < 0:
            share = side_before / (side_before - side)
            kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
        if side >= 0:
            kept.append(point)
    return kept


def area(polygon: list[Point]) -> float:
    """Enclosed area, in square pixels."""
    following = polygon[1:] + polygon[:1]
    return abs(sum(x * v - u * y for (x, y), (u, v) in zip(polygon, following, strict=True))) / 2


def _turn(start: Point, middle: Point, end: Point) -> float:
    return (middle[0] - start[0]) * (end[1] - start[1]) - (middle[1] - start[1]) * (end[0] - start[0])
