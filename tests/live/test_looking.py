from __future__ import annotations

import numpy as np
import pytest

from cardlens.live.looking import is_whole
from cardlens.recognition.detector import Found

_FRAME = np.zeros((720, 1280, 3), np.uint8)


@pytest.mark.parametrize(
    ("left", "top", "whole"),
    [(400, 200, True), (5, 200, False), (-60, 200, False), (400, 3, False), (1075, 200, False), (400, 425, False)],
)
def test_a_card_is_whole_where_no_corner_comes_near_to_the_frames_edge(left: int, top: int, whole: bool) -> None:
    quad = np.array([[0, 0], [200, 0], [200, 280], [0, 280]], np.float32) + np.array([left, top], np.float32)
    assert is_whole(Found(quad, 0.9), _FRAME) == whole
