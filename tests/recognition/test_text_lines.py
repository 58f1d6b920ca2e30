from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.text_lines import boxes_in, in_reading_order

SIDES = st.integers(6, 40)


@given(st.integers(4, 20), st.integers(4, 20), SIDES, SIDES, st.floats(0.5, 3))
def test_the_box_holds_the_core_of_the_line_and_stays_in_the_picture(
    left: int, top: int, wide: int, high: int, enlarged: float
) -> None:
    probability = np.zeros((64, 64), np.float32)
    probability[top : top + high, left : left + wide] = 0.9
    side = round(64 * enlarged)
    ((box_left, box_top, box_right, box_bottom),) = boxes_in(probability, side, side)
    assert 0 <= box_left <= left * enlarged
    assert 0 <= box_top <= top * enlarged
    assert (left + wide - 1) * enlarged - 1 <= box_right <= side
    assert (top + high - 1) * enlarged - 1 <= box_bottom <= side


def test_faint_and_tiny_regions_are_no_lines() -> None:
    probability = np.zeros((64, 64), np.float32)
    probability[10:20, 5:50] = 0.35
    probability[40:42, 5:50] = 0.9
    assert boxes_in(probability, 64, 64) == []


def test_letters_a_pixel_apart_are_one_line() -> None:
    probability = np.zeros((32, 64), np.float32)
    probability[10:20, 5:30] = probability[10:20, 31:50] = 0.9
    assert len(boxes_in(probability, 64, 32)) == 1


def test_a_row_reads_from_the_left_although_its_boxes_are_uneven() -> None:
    name, points, below = (10.0, 12.0, 90.0, 40.0), (100.0, 8.0, 140.0, 30.0), (5.0, 42.0, 80.0, 60.0)
    assert in_reading_order([below, points, name]) == [name, points, below]


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 2, *[st.integers(51, 99)] * 2), max_size=9))
def test_ordering_loses_no_box(boxes: list[tuple[int, int, int, int]]) -> None:
    given_boxes = [(float(left), float(top), float(right), float(bottom)) for left, top, right, bottom in boxes]
    assert sorted(in_reading_order(given_boxes)) == sorted(given_boxes)
