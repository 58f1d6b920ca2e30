from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.quad import Points
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from tests.recognition.drawn_quads import convex_quads, laid, patterned_card, rectangle

GROUND = np.full((400, 400, 3), 90, np.uint8)


def inner(card: Bytes) -> Bytes:
    """All but the rim, which is mixed with the ground."""
    return card[6:-6, 6:-6]


def difference(one: Bytes, other: Bytes) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


@settings(max_examples=20)
@given(convex_quads(smallest=70, largest=120))
def test_a_card_warped_into_a_photo_comes_back(quad: Points) -> None:
    card = patterned_card()
    crop = straighten(laid(card, quad, GROUND), quad, card.shape[1], card.shape[0])
    assert crop.shape == card.shape
    assert crop.dtype == np.uint8
    assert difference(inner(crop), inner(card)) < 4


@settings(max_examples=10)
@given(convex_quads(smallest=70, largest=120))
def test_the_first_corner_says_which_way_up(quad: Points) -> None:
    card = patterned_card()
    photo = laid(card, quad, GROUND)
    crop = straighten(photo, np.roll(quad, 2, axis=0), card.shape[1], card.shape[0])
    assert difference(inner(crop), inner(card)[::-1, ::-1]) < 4


def test_an_untouched_frame_is_given_back() -> None:
    card = patterned_card()
    down, across = card.shape[:2]
    crop = straighten(card, rectangle(-0.5, -0.5, across, down), across, down)
    np.testing.assert_allclose(crop.astype(int), card, atol=1)


def test_whole_pixels_are_cut_out() -> None:
    photo = np.random.default_rng(3).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    crop = straighten(photo, rectangle(19.5, 9.5, 30, 40), 30, 40)
    np.testing.assert_allclose(crop.astype(int), photo[10:50, 20:50], atol=1)


def test_a_large_card_is_averaged_not_sampled() -> None:
    """Stripes one pixel wide become the grey between them."""
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[:, ::2] = 255
    crop = straighten(photo, rectangle(-0.5, -0.5, 400, 400), 50, 50)
    np.testing.assert_allclose(crop[1:-1, 1:-1].astype(int), 127, atol=2)


def test_a_reduced_card_lies_where_it_lay() -> None:
    """A corner's blob of 40 pixels is one of 10 where the photo is four times too large."""
    photo = np.zeros((400, 400, 3), np.uint8)
    photo[:40, :40] = 255
    crop = straighten(photo, rectangle(-0.5, -0.5, 400, 400), 100, 100)
    assert (crop[:9, :9] == 255).all()
    assert not crop[11:].any()
    assert not crop[:, 11:].any()
    assert crop[:9, :, 0].sum() == pytest.approx(9 * 10 * 255, rel=0.02)


def test_what_lies_outside_repeats_the_edge() -> None:
    photo = np.full((50, 50, 3), 200, np.uint8)
    photo[:, :10] = 20
    crop = straighten(photo, rectangle(-30.5, -0.5, 60, 50), 60, 50)
    assert (crop[:, :38] == 20).all()
    assert (crop[:, 42:] == 200).all()


@settings(max_examples=40)
@given(
    middle=st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)),
    across=st.floats(1, 4000),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_a_quad_anywhere_gives_a_crop_of_the_size_asked_for(
    middle: tuple[float, float], across: float, size: tuple[int, int]
) -> None:
    photo = patterned_card(across=60, down=50)
    quad = rectangle(middle[0] - across / 2, middle[1] - across / 2, across, across)
    assert straighten(photo, quad, *size).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("quad", [np.zeros((4, 2)), np.full((4, 2), 12.5), [[0, 0], [9, 0], [9, 0], [0, 0]]])
def test_a_quad_without_area_gives_a_crop_all_the_same(quad: list[list[float]]) -> None:
    crop = straighten(patterned_card(across=60, down=50), np.asarray(quad, np.float32), 12, 16)
    assert crop.shape == (16, 12, 3)
