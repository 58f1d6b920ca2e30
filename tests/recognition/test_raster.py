"""Held against OpenCV, which the tests have and the core install has not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.raster import homography, move, resize, resize_values
from cardlens.runtimes.base import Bytes

UNIT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def smooth(height: int, width: int) -> Bytes:
    noise = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.uint8)


def nudges(reach: float) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(-reach, reach, width=32), min_size=8, max_size=8)


@given(nudges(0.1875))
def test_a_homography_takes_its_points_to_their_targets(nudge: list[float]) -> None:
    target = (UNIT + np.array(nudge, np.float32).reshape(4, 2)) * 300
    assert move(UNIT, homography(UNIT, target)) == pytest.approx(target, abs=0.01)


@pytest.mark.parametrize("size", [(40, 50), (53, 71), (160, 200)])
def test_shrinks_as_opencv_averages_areas(size: tuple[int, int]) -> None:
    pixels = smooth(200, 160)
    difference = np.abs(resize(pixels, *size).astype(int) - cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    # Pillow takes a pixel at the border of an area whole or not at all, OpenCV by its share.
    assert difference.max() <= 4
    assert difference.mean() < 0.5


def test_grows_bilinearly() -> None:
    pixels = smooth(20, 16)
    theirs = cv2.resize(pixels, (40, 50), interpolation=cv2.INTER_LINEAR)
    assert np.abs(resize(pixels, 40, 50).astype(int) - theirs).max() <= 2


def test_averages_values() -> None:
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    assert resize_values(values, 3, 2).tolist() == [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]]
