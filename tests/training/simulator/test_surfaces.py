from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.training.simulator.surfaces import card_back, card_surface, glare, ramp
from tests.training.drawn_scans import drawn_scan

SCAN = drawn_scan(1)


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.floats(0, 1))
def test_a_surface_says_where_its_card_is(seed: int, plastic: float) -> None:
    surface = card_surface(SCAN, np.random.default_rng(seed), plastic=plastic)
    left, top, right, bottom = surface.inner
    assert (right - left, bottom - top) == (240, 336)
    assert surface.pixels.shape[:2] == surface.cover.shape
    assert surface.pixels.dtype == surface.cover.dtype == np.uint8
    assert 0 <= left < right <= surface.cover.shape[1]
    assert 0 <= top < bottom <= surface.cover.shape[0]


def test_the_card_itself_hides_the_ground() -> None:
    for seed in range(10):
        surface = card_surface(SCAN, np.random.default_rng(seed))
        left, top, right, bottom = surface.inner
        assert (surface.cover[top + 25 : bottom - 25, left + 25 : right - 25] == 255).all()


def test_the_same_seed_gives_the_same_surface() -> None:
    one, other = (card_surface(SCAN, np.random.default_rng(5), plastic=1) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    np.testing.assert_array_equal(one.cover, other.cover)


def test_a_bare_card_has_no_rim_and_a_sleeved_one_has() -> None:
    bare = card_surface(SCAN, np.random.default_rng(0), plastic=0)
    sleeved = card_surface(SCAN, np.random.default_rng(0), plastic=1)
    assert bare.pixels.shape == SCAN.shape
    assert sleeved.cover.shape[0] > 336
    assert sleeved.cover.shape[1] > 240


def test_the_scan_is_left_as_it_was() -> None:
    scan = SCAN.copy()
    for seed in range(10):
        card_surface(scan, np.random.default_rng(seed))
    np.testing.assert_array_equal(scan, SCAN)


@given(st.integers(2, 20), st.integers(2, 20), st.floats(0, 6.28))
def test_a_ramp_rises_from_0_to_1_along_its_angle(high: int, wide: int, angle: float) -> None:
    line = ramp(high, wide, angle)
    along = [[x * np.cos(angle) + y * np.sin(angle) for x in range(wide)] for y in range(high)]
    low, top = np.min(along), np.max(along)
    np.testing.assert_allclose(line, (np.array(along) - low) / (top - low), atol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_glare_only_adds_light(seed: int) -> None:
    dark = np.full((80, 60, 3), 20, np.float32)
    lit = glare(dark, np.random.default_rng(seed), 0.8)
    assert lit.shape == dark.shape
    assert lit.min() >= 20 - 1e-3
    assert lit.max() > 40
    assert lit.max() <= 255


def test_no_glare_changes_nothing() -> None:
    picture = SCAN.astype(np.float32)
    np.testing.assert_allclose(glare(picture, np.random.default_rng(0), 0.0), picture)


@pytest.mark.parametrize("seed", range(10))
def test_a_back_has_the_size_asked_for_and_is_drawn_again_alike(seed: int) -> None:
    one, other = (card_back(np.random.default_rng(seed), 84, 60) for _ in range(2))
    assert one.shape == (84, 60, 3)
    np.testing.assert_array_equal(one, other)
