from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.benchmark.bootstrap import estimate


def test_nothing_is_estimated_from_nothing() -> None:
    assert estimate([], []) is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdef")), min_size=1, max_size=40))
def test_the_value_is_the_mean_and_lies_within_the_interval_of_the_shares(given_: list[tuple[bool, str]]) -> None:
    values, cards = [value for value, _ in given_], [card for _, card in given_]
    said = estimate(values, cards)
    assert said is not None
    assert said.value == pytest.approx(np.mean(values))
    assert 0 <= said.low <= said.high <= 1
    assert said.count == len(values)
    assert said == estimate(values, cards)


def test_whole_cards_are_drawn_anew_not_pictures() -> None:
    values = [True] * 50 + [False] * 50
    by_card = estimate(values, ["a"] * 50 + ["b"] * 50)
    by_picture = estimate(values, [str(number) for number in range(100)])
    assert by_card is not None
    assert by_picture is not None
    assert (by_card.low, by_card.high) == (0.0, 1.0)
    # 1.96 standard errors of 100 tosses
    assert by_picture.low == pytest.approx(0.4, abs=0.03)
    assert by_picture.high == pytest.approx(0.6, abs=0.03)


def test_is_rounded_for_printing() -> None:
    said = estimate([True, False, False], ["a", "b", "c"])
    assert said is not None
    assert said.as_json()["value"] == 0.33333
    assert said.as_json()["count"] == 3
