from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.benchmark.reliability import area_under_risk, as_json, calibration_error, reliability, risk_coverage
from cardlens.training.sight_calibration import expected_calibration_error

ANSWERS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@given(ANSWERS)
def test_the_calibration_error_is_that_of_the_training_s_own(answers: list[tuple[float, bool]]) -> None:
    sure, right = [one for one, _ in answers], [one for _, one in answers]
    error = calibration_error(reliability(sure, right))
    assert error == pytest.approx(expected_calibration_error(sure, right))


@given(ANSWERS)
def test_every_answer_is_in_one_bin(answers: list[tuple[float, bool]]) -> None:
    bins = reliability([one for one, _ in answers], [one for _, one in answers])
    assert sum(one.count for one in bins) == len(answers)
    assert all(0 <= one.accuracy <= 1 for one in bins)


def test_a_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    sure = [0.25] * 4 + [0.75] * 4
    right = [True, False, False, False, True, True, True, False]
    assert calibration_error(reliability(sure, right)) == pytest.approx(0)


def test_without_answers_there_is_no_error_and_no_curve() -> None:
    assert calibration_error([]) is None
    assert risk_coverage([], []) == []
    assert as_json([], [])["ece"] is None


def test_risk_is_the_share_wrong_among_the_surest() -> None:
    points = risk_coverage([0.9, 0.8, 0.7, 0.6], [True, False, True, False])
    assert points == [(0.25, 0.0), (0.5, 0.5), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]
    assert area_under_risk(points) == pytest.approx((0 + 0.5 + 1 / 3 + 0.5) / 4)


def test_answers_equally_sure_are_taken_together_whatever_their_order() -> None:
    one = risk_coverage([0.9, 0.5, 0.5], [True, True, False])
    other = risk_coverage([0.9, 0.5, 0.5], [True, False, True])
    assert one == other == [(pytest.approx(1 / 3), 0.0), (1.0, pytest.approx(1 / 3))]


def test_the_error_has_an_interval_over_cards() -> None:
    sure, right = [0.9] * 40, [True] * 36 + [False] * 4
    said = as_json(sure, right, [str(number) for number in range(40)])
    assert said["ece"] == pytest.approx(0.0, abs=1e-9)
    assert said["ece_interval"][0] < 0.02 < said["ece_interval"][1] < 0.15
    assert as_json(sure, right)["ece_interval"] is None


@pytest.mark.parametrize("count", [1, 59, 60, 61, 145, 877])
def test_the_curve_that_is_shown_ends_with_nothing_left_out(count: int) -> None:
    sure = [1 - number / count for number in range(count)]
    right = [number < count // 2 for number in range(count)]
    shown = as_json(sure, right)["risk_coverage"]
    assert shown[-1] == [1.0, round(1 - sum(right) / count, 4)]
    assert len(shown) <= 120


def test_without_answers_there_is_no_area() -> None:
    assert as_json([], [])["aurc"] is None
