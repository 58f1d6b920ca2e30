from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.errors import BadModel
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import SightCalibration, Sighting, features, sharpness
from cardlens.runtimes.base import Bytes
from tests.recognition.drawn_quads import patterned_card

DIGEST = "e" * 64


def sighting(*similarities: float, width: float = 120, sharp: float = 10, score: float = 0.9) -> Sighting:
    artworks = [Artwork((f"x-{place}",), similarity, "en") for place, similarity in enumerate(similarities)]
    return Sighting(artworks, width, sharp, score)


NAMES = tuple(features(sighting(0.5, 0.4)))
LIKELIER_WITH_SIMILARITY = {**dict.fromkeys(NAMES, 0.0), "bias": -5.0, "similarity": 10.0}


def slow_sharpness(crop: Bytes) -> float:
    total, count = 0.0, 0
    for y in range(2, crop.shape[0] - 2, 2):
        for x in range(2, crop.shape[1] - 2, 2):
            middle, *around = (
                float(crop[row, column].astype(float).mean())
                for row, column in ((y, x), (y - 2, x), (y + 2, x), (y, x - 2), (y, x + 2))
            )
            total, count = total + abs(4 * middle - sum(around)), count + 1
    return total / count


def test_sharpness_is_what_the_slow_loop_measures() -> None:
    crop = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
    assert sharpness(crop) == pytest.approx(slow_sharpness(crop), rel=1e-4)


def test_a_blurred_crop_is_less_sharp() -> None:
    crop = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert sharpness(np.asarray(cv2.GaussianBlur(crop, (0, 0), 2.0), np.uint8)) < sharpness(crop) / 3
    assert sharpness(np.full_like(crop, 77)) == 0


def test_similarity_and_runner_up_are_those_of_the_two_best() -> None:
    seen = sighting(0.8, 0.6, 0.1)
    assert (seen.similarity, seen.runner_up) == (0.8, 0.6)
    assert sighting(0.8).runner_up == -1
    assert sighting().similarity == -1


@given(st.lists(st.floats(-1, 1), max_size=3), st.floats(0, 1e6), st.floats(0, 1e4), st.floats(0, 1))
def test_every_sighting_has_finite_features(near: list[float], width: float, sharp: float, score: float) -> None:
    values = features(sighting(*sorted(near, reverse=True), width=width, sharp=sharp, score=score))
    assert tuple(values) == NAMES
    assert all(math.isfinite(value) for value in values.values())


@given(st.dictionaries(st.sampled_from(NAMES), st.floats(-100, 100)), st.floats(-1, 1), st.floats(-1, 1))
def test_a_probability_is_the_logistic_of_the_weighted_sum(
    weights: dict[str, float], best: float, next_: float
) -> None:
    coefficients = {**dict.fromkeys(NAMES, 0.0), **weights}
    seen = sighting(max(best, next_), min(best, next_), width=80, sharp=4)
    total = 0.0
    for name, value in features(seen).items():
        total += coefficients[name] * value
    chance = SightCalibration(coefficients).probability(seen)
    assert 0 <= chance <= 1
    if abs(total) < 30:
        assert chance == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-9)


def test_without_coefficients_nothing_is_ever_sure() -> None:
    assert SightCalibration({}).probability(sighting(1.0, 0.0)) == 0


def test_nothing_to_match_is_never_sure() -> None:
    assert SightCalibration({**LIKELIER_WITH_SIMILARITY, "bias": 100.0}).probability(sighting()) == 0


def saved(folder: Path, record: Any) -> Path:
    file = folder / "calibration.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    return file


def test_a_calibration_is_read_from_its_file(tmp_path: Path) -> None:
    file = saved(tmp_path, {"model_digest": DIGEST, "coefficients": LIKELIER_WITH_SIMILARITY})
    assert SightCalibration.open(file, DIGEST).probability(sighting(0.5, 0.1)) == pytest.approx(0.5)


def test_a_calibration_of_another_embedder_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    file = saved(tmp_path, {"model_digest": "f" * 64, "coefficients": LIKELIER_WITH_SIMILARITY})
    with pytest.raises(BadModel, match=r"made for embedder ffffffffffff, running eeeeeeeeeeee.*train calibration"):
        SightCalibration.open(file, DIGEST)


def test_a_missing_calibration_is_said_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"calibration\.json: no calibration"):
        SightCalibration.open(tmp_path / "calibration.json", DIGEST)


@pytest.mark.parametrize(
    "record",
    [
        [],
        17,
        None,
        {},
        {"model_digest": DIGEST},
        {"model_digest": DIGEST, "coefficients": {}},
        {"model_digest": None, "coefficients": LIKELIER_WITH_SIMILARITY},
        {"model_digest": DIGEST, "coefficients": {"bias": 1.0}},
        {"model_digest": DIGEST, "coefficients": {**LIKELIER_WITH_SIMILARITY, "smell": 1.0}},
    ],
)
def test_what_is_no_calibration_is_refused_in_one_line(tmp_path: Path, record: Any) -> None:
    with pytest.raises(BadModel, match=r"calibration\.json") as refused:
        SightCalibration.open(saved(tmp_path, record), DIGEST)
    assert "\n" not in str(refused.value)


def test_a_pattern_is_sharper_small_than_large() -> None:
    assert sharpness(patterned_card(across=40, down=56)) > sharpness(patterned_card(across=200, down=280))
