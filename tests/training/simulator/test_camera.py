from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.sight import sharpness
from cardlens.training.simulator.camera import finger, photograph
from tests.training.drawn_scans import drawn_scan

SCAN = drawn_scan(2)


@pytest.mark.parametrize("seed", range(10))
def test_a_photo_has_the_size_of_what_was_photographed(seed: int) -> None:
    one, other = (photograph(SCAN, np.random.default_rng(seed)) for _ in range(2))
    assert one.shape == SCAN.shape
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, other)


def test_what_was_photographed_stays_as_it_was() -> None:
    scan = SCAN.copy()
    for seed in range(10):
        photograph(scan, np.random.default_rng(seed))
    np.testing.assert_array_equal(scan, SCAN)


def test_photos_are_of_the_same_thing_in_other_light() -> None:
    photos = [photograph(SCAN, np.random.default_rng(seed)) for seed in range(20)]
    grey = SCAN.astype(float).mean(axis=2).ravel()
    alike = [np.corrcoef(photo.astype(float).mean(axis=2).ravel(), grey)[0, 1] for photo in photos]
    assert np.median(alike) > 0.8
    brightness = [photo.mean() for photo in photos]
    assert max(brightness) - min(brightness) > 40


def test_a_wider_blur_is_softer() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    soft, sharp = (
        np.mean([sharpness(photograph(noise, np.random.default_rng(seed), softest=widest)) for seed in range(20)])
        for widest in (5.0, 0.4)
    )
    assert soft < sharp


@pytest.mark.parametrize("seed", range(6))
def test_a_finger_ends_at_its_tip_and_comes_from_outside(seed: int) -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    finger(picture, np.random.default_rng(seed), (100, 100), 20)
    touched = picture.max(axis=2) > 0
    assert touched[100, 100]
    rim = np.concatenate([touched[0], touched[-1], touched[:, 0], touched[:, -1]])
    assert rim.any()
    assert 0.03 < touched.mean() < 0.3
