from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.strip_catalogue import StripCard, StripCatalogue
from cardlens.training.strip_photos import draw_fan

CARDS: list[StripCard] = StripCatalogue(bundled_facts()).numbered("25")[:3]


def test_a_fan_shows_its_cards_and_comes_out_again() -> None:
    one, other = (draw_fan(CARDS, np.random.default_rng(3), digits=10) for _ in range(2))
    assert one.cards == tuple(CARDS)
    assert np.array_equal(one.pixels, other.pixels)
    assert one.pixels.dtype == np.uint8
    assert one.pixels.std() > 10


def test_it_is_as_large_as_its_digits() -> None:
    small, large = (draw_fan(CARDS, np.random.default_rng(3), digits) for digits in (8.0, 16.0))
    assert large.pixels.shape[1] / small.pixels.shape[1] == pytest.approx(2, rel=0.05)


def test_it_can_lie_on_its_side() -> None:
    upright, turned = (draw_fan(CARDS, np.random.default_rng(3), 10, turn) for turn in (0, 90))
    assert turned.pixels.shape[0] == pytest.approx(upright.pixels.shape[1], rel=0.02)
