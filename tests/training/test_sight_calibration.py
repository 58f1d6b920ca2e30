from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import SightCalibration, Sighting, features
from cardlens.training.sight_calibration import Trial, expected_calibration_error, fit, translated
from tests.training.drawn_scans import drawn_scans


def trials(count: int, seed: int) -> list[Trial]:
    """Sightings of which the more similar are the more often right."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        best = random.uniform(0.2, 0.95)
        artworks = [Artwork(("a-1",), best, "en"), Artwork(("b-1",), best * random.uniform(0.3, 0.98), "en")]
        seen = Sighting(artworks, random.uniform(40, 300), random.uniform(2, 30), random.uniform(0.3, 1))
        made.append(Trial(seen, bool(random.random() < 1 / (1 + np.exp(-20 * (best - 0.6))))))
    return made


def test_what_is_fitted_can_be_opened_and_is_calibrated_on_other_sightings() -> None:
    coefficients = fit(trials(1500, 0))
    calibration = SightCalibration(coefficients)
    assert list(coefficients) == list(features(trials(1, 0)[0].sighting))
    others = trials(1500, 1)
    chances = [calibration.probability(trial.sighting) for trial in others]
    assert expected_calibration_error(chances, [trial.right for trial in others]) < 0.06
    right = [chance for chance, trial in zip(chances, others, strict=True) if trial.right]
    wrong = [chance for chance, trial in zip(chances, others, strict=True) if not trial.right]
    assert np.mean(right) > 0.8
    assert np.mean(wrong) < 0.2


def slow_error(chances: list[float], right: list[bool], bins: int) -> float:
    total = 0.0
    for number in range(bins):
        inside = [
            (chance, was)
            for chance, was in zip(chances, right, strict=True)
            if number <= chance * bins < number + 1 or (number == bins - 1 and chance * bins >= bins)
        ]
        if inside:
            confidence = sum(chance for chance, _ in inside) / len(inside)
            accuracy = sum(was for _, was in inside) / len(inside)
            total += len(inside) / len(chances) * abs(confidence - accuracy)
    return total


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.integers(1, 12))
def test_the_calibration_error_is_what_the_slow_loop_says(said: list[tuple[float, bool]], bins: int) -> None:
    chances, right = [chance for chance, _ in said], [was for _, was in said]
    assert expected_calibration_error(chances, right, bins) == pytest.approx(slow_error(chances, right, bins), abs=1e-9)


def test_to_be_sure_and_right_is_no_error_and_sure_and_wrong_the_largest() -> None:
    assert expected_calibration_error([1.0, 1.0, 0.0], [True, True, False]) == 0
    assert expected_calibration_error([1.0, 0.0], [False, True]) == 1


def test_translated_cards_keep_their_pictures_and_have_other_text() -> None:
    scans = drawn_scans()
    foreign = translated(scans, 3)
    assert foreign.records == scans.records
    high = scans.pixels.shape[1]
    picture = slice(int(high * 0.12), int(high * 0.5))
    np.testing.assert_array_equal(foreign.pixels[:, picture], scans.pixels[:, picture])
    text = slice(int(high * 0.62), int(high * 0.78))
    changed = [(one[text] != other[text]).any() for one, other in zip(foreign.pixels, scans.pixels, strict=True)]
    assert sum(changed) >= len(changed) // 2
    np.testing.assert_array_equal(translated(scans, 3).pixels, foreign.pixels)
