from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.detector import Found
from cardlens.recognition.quad import area, middle
from cardlens.recognition.second_look import LOOKS, starts, stretched, views
from cardlens.training.simulator.layouts import card_at

OWN = card_at(300, 300, 120, 0.3)


def test_the_starts_are_a_larger_and_a_smaller_card_about_the_same_middle() -> None:
    areas = sorted(area(start) / area(OWN) for start in starts(OWN))
    assert len(areas) == LOOKS - 1
    assert areas[0] < 0.9
    assert areas[-1] > 1.1
    for start in starts(OWN):
        np.testing.assert_allclose(middle(start), middle(OWN), atol=0.1)


@given(st.integers(0, 3))
def test_what_was_placed_anew_is_seen_the_same_way_up(turns: int) -> None:
    near = card_at(303, 298, 122, 0.28)
    seen = views(OWN, [Found(np.roll(near, turns, axis=0), 0.95), Found(near, 0.99)])
    assert len(seen) == LOOKS
    assert np.array_equal(seen[0], OWN)
    assert np.array_equal(seen[1], near)
    assert np.array_equal(seen[2], near)


def test_what_is_not_surely_placed_or_is_elsewhere_is_the_first_look_again() -> None:
    doubtful, elsewhere = Found(card_at(305, 300, 125, 0.3), 0.5), Found(card_at(420, 300, 120, 0.3), 0.99)
    assert all(np.array_equal(view, OWN) for view in views(OWN, [doubtful, elsewhere]))


def test_a_washed_out_crop_gets_its_contrast_and_colours_back() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    washed = (150 + crop * [0.3, 0.2, 0.25]).astype(np.uint8)
    assert np.abs(stretched(washed).astype(int) - crop).mean() < 5
    assert stretched(crop).dtype == np.uint8


def test_a_plain_crop_stays_plain() -> None:
    assert np.ptp(stretched(np.full((64, 64, 3), 130, np.uint8))) == 0
