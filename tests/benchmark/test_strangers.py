from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.benchmark.strangers import (
    RECALLS,
    Trials,
    background_level,
    curve,
    figures,
    micro_average_precision,
    named_share,
    threshold_at,
)

SCORES = st.integers(0, 50).map(lambda number: number / 50)
TRIALS = st.builds(
    lambda known, strangers: Trials([score for score, _ in known], [right for _, right in known], strangers),
    st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=20),
    st.lists(SCORES, min_size=1, max_size=20),
)


def slow_micro_average_precision(trials: Trials) -> float:
    """Walk down the ranking: at each right answer, the share of right ones so far."""
    answers = [*zip(trials.known, trials.right, strict=True), *((score, False) for score in trials.strangers)]
    total, hits = 0.0, 0
    for place, (_, right) in enumerate(sorted(answers, key=lambda answer: -answer[0]), 1):
        if right:
            hits += 1
            total += hits / place
    return total / len(trials.known)


@given(TRIALS)
def test_micro_average_precision_is_the_slow_walk(trials: Trials) -> None:
    assert micro_average_precision(trials) == pytest.approx(slow_micro_average_precision(trials))


def test_known_cards_above_all_strangers_are_perfect() -> None:
    assert micro_average_precision(Trials([0.9, 0.8], [True, True], [0.5, 0.1])) == 1.0


def test_a_stranger_on_top_costs_every_answer_below_it() -> None:
    assert micro_average_precision(Trials([0.9, 0.8], [True, True], [1.0])) == pytest.approx((1 / 2 + 2 / 3) / 2)


@given(TRIALS, st.sampled_from(RECALLS))
def test_at_the_line_enough_known_cards_are_right_and_a_higher_line_has_too_few(trials: Trials, recall: float) -> None:
    line = threshold_at(trials, recall)
    right = [score for score, is_right in zip(trials.known, trials.right, strict=True) if is_right]
    if line is None:
        assert len(right) < recall * len(trials.known)
        return
    assert sum(score >= line for score in right) >= recall * len(trials.known) - 1e-9
    assert sum(score > line for score in right) < recall * len(trials.known)


def test_the_share_of_strangers_is_that_at_or_above_the_line() -> None:
    trials = Trials([0.9, 0.8, 0.7, 0.6], [True, True, True, False], [0.75, 0.7, 0.3, 0.2])
    assert named_share(trials, 0.5) == 0.0
    assert named_share(trials, 0.75) == 0.5
    assert named_share(trials, 0.95) is None


@given(TRIALS)
def test_more_recall_never_names_fewer_strangers(trials: Trials) -> None:
    shares = [point["strangers_named"] for point in curve(trials)]
    reached = [share for share in shares if share is not None]
    assert reached == sorted(reached)
    assert None not in shares[: len(reached)]


def test_the_level_of_the_background_is_the_mean_of_its_two_nearest() -> None:
    background = np.eye(4, dtype=np.float32)
    vectors = np.array([[0.8, 0.6, 0, 0], [0, 0, 0, 1]], np.float32)
    np.testing.assert_allclose(background_level(vectors, background), [0.7, 0.5], rtol=1e-6)


def test_figures_have_intervals_where_it_is_known_whose_answers_they_are() -> None:
    known, right, strangers = [0.9, 0.8, 0.7, 0.2], [True] * 4, [0.75, 0.1, 0.1]
    plain = figures(Trials(known, right, strangers))
    assert (plain["known"], plain["strangers"]) == (4, 3)
    assert plain["named_at_95"] == pytest.approx(1 / 3, abs=1e-5)
    assert plain["micro_ap_interval"] is None
    drawn = figures(Trials(known, right, strangers, ["a", "b", "c", "d", "a", "e", "f"]))
    low, high = drawn["named_at_95_interval"]
    assert 0 <= low < 1 / 3 < high <= 1
    assert drawn["micro_ap_interval"][0] < drawn["micro_ap"] <= drawn["micro_ap_interval"][1] <= 1


def test_a_recall_out_of_reach_has_no_share_and_nothing_asked_no_figures() -> None:
    said = figures(Trials([0.9, 0.8], [True, False], [0.1], ["a", "b", "c"]))
    assert said["named_at_95"] is None
    assert "named_at_95_interval" not in said
    assert figures(Trials([], [], [0.5]))["micro_ap"] is None


@given(TRIALS, st.data())
def test_drawn_trials_are_those_of_their_rows(trials: Trials, data: st.DataObject) -> None:
    both = [*zip(trials.known, trials.right, strict=True), *((score, None) for score in trials.strangers)]
    rows = data.draw(st.lists(st.integers(0, len(both) - 1), max_size=12))
    drawn = trials.drawn(np.array(sorted(rows), np.int64))
    picked = [both[row] for row in sorted(rows)]
    assert list(zip(drawn.known, drawn.right, strict=True)) == [one for one in picked if one[1] is not None]
    assert drawn.strangers == [score for score, right in picked if right is None]
