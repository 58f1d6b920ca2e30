from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.quad import (
    CARD_ASPECT,
    Points,
    area,
    as_quad,
    grown,
    height,
    iou,
    middle,
    share_within,
    turned_like,
    width,
)
from tests.recognition.drawn_quads import convex_quads, rectangle
from tests.recognition.moving_card import at


def rasterised(quad: Points) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which of 800 x 800 points, half a pixel apart, lie within the quad: on one side of all four edges."""
    y, x = (np.mgrid[0:800, 0:800].astype(np.float64) + 0.5) / 2
    sides = []
    for (ax, ay), (bx, by) in zip(quad.astype(np.float64), np.roll(quad, -1, axis=0).astype(np.float64), strict=True):
        sides.append((bx - ax) * (y - ay) - (by - ay) * (x - ax) >= 0)
    inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = np.logical_and.reduce(sides)
    return inside


@settings(max_examples=8)
@given(convex_quads(), convex_quads())
def test_area_and_overlap_are_those_of_the_rasterised_shapes(one: Points, other: Points) -> None:
    first, second = rasterised(one), rasterised(other)
    assert area(one) == pytest.approx(first.sum() / 4, rel=0.02, abs=4)
    both, either = (first & second).sum(), (first | second).sum()
    assert iou(one, other) == pytest.approx(both / either, abs=0.02)


@given(convex_quads(), convex_quads())
def test_overlap_agrees_with_opencv(one: Points, other: Points) -> None:
    shared, _ = cv2.intersectConvexConvex(one, other)
    expected = shared / (cv2.contourArea(one) + cv2.contourArea(other) - shared)
    assert iou(one, other) == pytest.approx(expected, abs=2e-3)


@given(convex_quads())
def test_area_agrees_with_opencv(quad: Points) -> None:
    assert area(quad) == pytest.approx(cv2.contourArea(quad), rel=1e-4)


@given(convex_quads(), st.integers(0, 3))
def test_a_quad_overlaps_itself_wholly_whichever_way_up_and_round(quad: Points, turns: int) -> None:
    turned = np.roll(quad, turns, axis=0)
    assert iou(quad, turned) == pytest.approx(1, abs=1e-6)
    assert iou(quad, turned[::-1]) == pytest.approx(1, abs=1e-6)


@given(convex_quads(), convex_quads())
def test_overlap_does_not_depend_on_the_order(one: Points, other: Points) -> None:
    assert iou(one, other) == pytest.approx(iou(other, one), abs=1e-6)
    assert 0 <= iou(one, other) <= 1 + 1e-6


@given(convex_quads())
def test_what_lies_apart_does_not_overlap(quad: Points) -> None:
    assert iou(quad, quad + np.float32(1000)) == 0


def test_touching_cards_do_not_overlap() -> None:
    assert iou(rectangle(0, 0, 10, 20), rectangle(10, 0, 10, 20)) == pytest.approx(0, abs=1e-9)


def test_a_quarter_in_common_is_a_seventh_of_the_union() -> None:
    assert iou(rectangle(0, 0, 10, 10), rectangle(5, 5, 10, 10)) == pytest.approx(25 / 175)


def test_flat_quads_overlap_nothing() -> None:
    flat = as_quad([[0, 0], [5, 0], [5, 0], [0, 0]])
    assert area(flat) == 0
    assert iou(flat, flat) == 0


@given(st.floats(1, 500), st.floats(0, 2 * np.pi))
def test_width_and_height_are_those_of_the_card_at_any_angle(across: float, angle: float) -> None:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quad = as_quad((rectangle(0, 0, across, across * CARD_ASPECT) @ turn).astype(np.float32))
    assert width(quad) == pytest.approx(across, rel=1e-4)
    assert height(quad) == pytest.approx(across * CARD_ASPECT, rel=1e-4)


def test_width_is_the_mean_of_top_and_bottom() -> None:
    trapezium = as_quad([[1, 0], [3, 0], [4, 8], [0, 8]])
    assert width(trapezium) == pytest.approx(3)
    assert height(trapezium) == pytest.approx(np.hypot(1, 8))


def test_numbers_become_float32_corners() -> None:
    quad = as_quad([[1, 2], [3, 4], [5, 6], [7, 8]])
    assert quad.dtype == np.float32
    assert quad.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8]]


@pytest.mark.parametrize("corners", [[[0, 0]] * 3, [[0, 0, 0]] * 4, [[0, 0], [1, 0], [1, float("nan")], [0, 1]]])
def test_anything_else_is_no_quad(corners: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="four finite"):
        as_quad(corners)


@given(convex_quads())
def test_the_middle_is_where_the_middle_of_the_flat_card_is_seen(quad: Points) -> None:
    matrix = cv2.getPerspectiveTransform(rectangle(0, 0, 2, 2), quad)
    expected = cv2.perspectiveTransform(np.array([[[1, 1]]], np.float32), matrix)[0, 0]
    np.testing.assert_allclose(middle(quad), expected, atol=0.05)


def test_the_share_within_a_frame_is_what_is_not_cut_off() -> None:
    frame = rectangle(0, 0, 100, 100)
    assert share_within(rectangle(10, 10, 20, 30), frame) == pytest.approx(1)
    assert share_within(rectangle(90, 10, 20, 30), frame) == pytest.approx(0.5)
    assert share_within(rectangle(200, 10, 20, 30), frame) == 0
    assert share_within(rectangle(10, 10, 0, 30), frame) == 0


@given(st.integers(0, 3), st.floats(-0.6, 0.6))
def test_a_quad_begins_where_the_one_before_began(turns: int, angle: float) -> None:
    before, now = at(300, 180), at(303, 181, angle=angle)
    assert np.array_equal(turned_like(np.roll(now, turns, axis=0), before), now)


@given(convex_quads(), st.floats(0.5, 2.0))
def test_a_grown_quad_keeps_its_middle(quad: Points, by: float) -> None:
    assert area(grown(quad, by)) == pytest.approx(area(quad) * by**2, rel=1e-2)
    assert middle(grown(quad, by)) == pytest.approx(middle(quad), abs=0.5)
