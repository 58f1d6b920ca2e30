from __future__ import annotations

import numpy as np
import pytest

from cardlens.benchmark.contender import Candidate
from cardlens.benchmark.crop_figures import crop_figures
from cardlens.benchmark.crops import Query, Ranked
from cardlens.benchmark.figures import HARD, LARGE
from cardlens.training.simulator.conditions import Conditions
from tests.benchmark.drawn_material import drawn_material

MATERIAL = drawn_material()
NOTHING = np.zeros((1, 1, 3), np.uint8)


def query(card_id: str, width: float, hard: bool = False) -> Query:
    return Query(NOTHING, MATERIAL.subject(card_id, "scans", Conditions(width=width)), hard)


def said(*ids: str) -> Ranked:
    return Ranked([Candidate(card_id, 1.0 - place / 10) for place, card_id in enumerate(ids)])


QUERIES = [
    query("B2b-1", 120),
    query("A3b-1", 300),
    query("A1-1", 200),
    query("B2b-1", 119),
    query("base2-1", 70, True),
]
ANSWERS = [said("B2b-1"), said("A3b-2", "A3b-1"), said("A1-2", "A1-1"), said("A1-1", "A1-2"), said("base2-1")]


def test_large_crops_of_held_out_cards_and_hard_ones_have_figures_of_their_own() -> None:
    found = crop_figures(QUERIES, ANSWERS, MATERIAL)
    assert (found[LARGE]["r1"]["value"], found[LARGE]["r1"]["count"]) == (1.0, 2)
    assert (found[HARD]["r1"]["value"], found[HARD]["r1"]["count"]) == (1.0, 1)
    assert found["slices"]["all"]["r1"]["count"] == 4
    assert found["slices"]["all"]["r1"]["value"] == pytest.approx(0.5)
    assert found["slices"]["all"]["r5"]["value"] == pytest.approx(0.75)


def test_the_other_printing_of_an_artwork_is_not_the_printing() -> None:
    found = crop_figures(QUERIES, ANSWERS, MATERIAL)[LARGE]
    assert (found["printing_r1"]["value"], found["printing_r5"]["value"]) == (0.5, 1.0)


def test_sets_that_nothing_was_learnt_from_are_told_from_the_others() -> None:
    slices = crop_figures(QUERIES, ANSWERS, MATERIAL)["slices"]
    assert slices["set: unseen"]["r1"]["count"] == 3
    assert slices["set: seen"]["r1"]["count"] == 1
