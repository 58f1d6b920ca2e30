from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cardlens.recognition.polygon import Point, area, hull, overlap

CORNERS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=4, max_size=4, unique=True)
SQUARE: list[Point] = [(0, 0), (10, 0), (10, 10), (0, 10)]


@given(CORNERS, CORNERS)
def test_overlaps_as_much_as_opencv_says(one: list[Point], other: list[Point]) -> None:
    left, right = (np.asarray(cv2.convexHull(np.array(corners, np.float32)), np.float32) for corners in (one, other))
    assume(min(len(left), len(right)) > 2)
    theirs, _ = cv2.intersectConvexConvex(left, right)
    assert area(overlap(hull(one), hull(other))) == pytest.approx(theirs, abs=0.5)


@given(CORNERS)
def test_a_hull_overlaps_itself_wholly(corners: list[Point]) -> None:
    assert area(overlap(hull(corners), hull(corners))) == pytest.approx(area(hull(corners)))


def test_known_overlap() -> None:
    assert area(overlap(hull(SQUARE), hull([(x + 5, y + 5) for x, y in SQUARE]))) == 25


def test_apart_is_no_overlap() -> None:
    assert area(overlap(hull(SQUARE), hull([(x + 50, y) for x, y in SQUARE]))) == 0


def test_a_point_within_is_not_on_the_hull() -> None:
    assert sorted(hull([*SQUARE, (5, 5)])) == sorted(SQUARE)
