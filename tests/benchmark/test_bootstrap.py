from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.benchmark.bootstrap import estimate, interval


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


def test_a_figure_that_is_no_mean_has_an_interval_from_the_same_draws() -> None:
    values = np.repeat([True, False], 50)
    by_card = interval(lambda rows: float(values[rows].mean()), ["a"] * 50 + ["b"] * 50)
    by_picture = interval(lambda rows: float(values[rows].mean()), [str(number) for number in range(100)])
    assert by_card == [0.0, 1.0]
    assert by_picture == pytest.approx([0.4, 0.6], abs=0.04)
    assert interval(lambda rows: float(values[rows].mean()), []) is None


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=20))
def test_a_card_is_drawn_with_all_its_observations(cards: list[str]) -> None:
    def drawn(rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float:
        counts = np.bincount(rows, minlength=len(cards))
        for card in set(cards):
            assert len({int(counts[at]) for at, one in enumerate(cards) if one == card}) == 1
        return 0.0

    assert interval(drawn, cards) == [0.0, 0.0]
