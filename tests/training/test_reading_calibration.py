"""The calibration learns from what it sees, and keeps its start where it sees nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.reading_evidence import ReadEvidence
from cardlens.recognition.reading_probability import probability
from cardlens.training.reading_calibration import Outcome, figures, fit, outcomes, read_photos
from cardlens.training.reading_photos import SHARP, legible_scans, photograph

AGREES = ReadEvidence(0.9, 1, 1, 0, 0, 0, certain=True, name_confidence=1, number_confidence=1, height=800)
DIFFERS = replace(AGREES, hp=-1)


def seen(evidence: ReadEvidence, right: bool, times: int) -> list[Outcome]:
    return [Outcome(evidence, 0.5, right, right)] * times


def test_probabilities_approach_the_shares_that_were_right() -> None:
    coefficients = fit([*seen(AGREES, True, 900), *seen(AGREES, False, 100), *seen(DIFFERS, False, 400)])
    assert probability(AGREES, 1, coefficients) == pytest.approx(0.9, abs=0.03)
    assert probability(DIFFERS, 1, coefficients) < 0.05


def test_without_data_it_keeps_its_start_and_signs() -> None:
    coefficients = fit(seen(AGREES, False, 500))
    assert coefficients["set_code"] == pytest.approx(5.0)
    assert coefficients["number"] >= 0


def test_figures_count_what_was_said() -> None:
    said = [
        Outcome(AGREES, 0.95, True, True),
        Outcome(AGREES, 0.95, False, False),
        Outcome(AGREES, 0.4, False, False),
        None,
    ]
    found = figures(said)
    assert (found["right"], found["silent"], found["sure"], found["sure_and_wrong"]) == (0.25, 0.25, 0.5, 0.25)


def test_a_simulated_photo_holds_the_card_where_its_quad_is() -> None:
    scan = np.full((880, 630, 3), 255, np.uint8)
    photo = photograph(scan, np.zeros((50, 50, 3), np.uint8), 600, np.random.default_rng(1), SHARP)
    x, y = photo.quad.mean(axis=0).astype(int)
    assert photo.pixels[y, x].mean() > 100
    assert photo.pixels[2, 2].mean() < 100
    assert photo.quad[0].sum() < photo.quad[2].sum()


@pytest.mark.cards
def test_sharp_photos_of_unseen_cards_are_read(cards_folder: Path) -> None:
    ids = sorted(legible_scans(cards_folder))[5::9]
    photos = read_photos(cards_folder, ids, 1, (600.0, 1000.0), SHARP, seed=11)
    coefficients = bundled_coefficients()
    found = figures(list(outcomes(photos, bundled_facts(), coefficients)))
    assert found["right"] >= 0.8
    assert found["sure_and_wrong"] <= 0.04  # one of 30 photos


def bundled_coefficients() -> dict[str, float]:
    record = json.loads((resources.files("cardlens.bundled") / "reading.json").read_text(encoding="utf-8"))
    return {name: float(value) for name, value in record["coefficients"].items()}
