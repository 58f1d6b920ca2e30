from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from cardlens.live.film import HIGH, KINDS, WIDE, Kind, plan
from tests.live.demo_films import demo_film


@pytest.mark.parametrize("kind", KINDS)
def test_every_card_comes_into_view_in_its_turn(kind: Kind) -> None:
    cards = list(range(9))
    wanted = cards[:1] if kind == "one" else cards
    film = plan(kind, cards, seed=3)
    passed = film.truth()
    assert sorted(one.card for one in passed) == wanted
    assert all(0 <= one.in_view < one.until <= film.seconds for one in passed)


def test_twenty_cards_pass_in_sixty_seconds() -> None:
    assert 60 <= plan("passing", list(range(20)), seed=1).seconds <= 61


def test_a_film_is_the_same_each_time() -> None:
    one, other = (next(islice(demo_film("cuts", [1]), 5, None))[0] for _ in range(2))
    assert one.shape == (HIGH, WIDE, 3)
    assert np.array_equal(one, other)
