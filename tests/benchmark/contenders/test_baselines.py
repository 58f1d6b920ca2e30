from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cardlens.benchmark import contenders
from cardlens.benchmark.contender import Contender
from cardlens.benchmark.contenders.contour_hash import ContourHash
from cardlens.benchmark.contenders.contour_orb import ContourOrb
from cardlens.benchmark.contenders.contours import card_outlines
from cardlens.benchmark.material import FlatCards
from cardlens.recognition.quad import Points, iou
from cardlens.recognition.raster import resize
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.crops import place
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.surfaces import Surface
from tests.training.drawn_scans import drawn_scan

IDS = [f"a-{number}" for number in range(8)]
FACES = [drawn_scan(number) for number in range(8)]


def on_a_table(*laid: tuple[int, Points]) -> Bytes:
    table = np.full((400, 600, 3), 30, np.uint8)
    for number, quad in laid:
        face = FACES[number]
        place(table, Surface(face, np.full(face.shape[:2], 255, np.uint8), (0, 0, 240, 336)), quad)
    return table


HERE, THERE = card_at(150, 200, 150, 0.1), card_at(430, 200, 140, -0.2)


def test_outlines_of_cards_are_found_on_a_plain_table() -> None:
    quads = card_outlines(on_a_table((0, HERE), (1, THERE)))
    for truth in (HERE, THERE):
        best = max(quads, key=lambda quad: iou(quad, truth))
        assert iou(best, truth) > 0.85
        assert np.linalg.norm(best[1] - best[0]) < np.linalg.norm(best[2] - best[1]), "a short edge comes first"


def test_an_empty_table_has_no_cards() -> None:
    assert card_outlines(np.full((300, 400, 3), 90, np.uint8)) == []


@pytest.fixture(scope="module", params=[ContourHash, ContourOrb])
def contender(request: pytest.FixtureRequest) -> Contender:
    made: Contender = request.param()
    made.enrol(FACES, IDS)
    return made


def test_names_the_cards_of_a_plain_photo(contender: Contender) -> None:
    named = contender.name_cards(on_a_table((2, HERE), (5, THERE)))
    for number, truth in ((2, HERE), (5, THERE)):
        best = max(named, key=lambda one: iou(one.quad, truth))
        assert best.candidates[0].card_id == f"a-{number}"


def test_names_a_card_that_lies_upside_down(contender: Contender) -> None:
    named = contender.name_cards(on_a_table((3, card_at(300, 200, 160, np.pi))))
    surest = max(named, key=lambda one: one.confidence)
    assert surest.candidates[0].card_id == "a-3"


def test_two_runs_give_the_same_scores(contender: Contender) -> None:
    crops = [cv2.GaussianBlur(resize(face, 224, 224), (0, 0), 2) for face in FACES[:3]]
    one, other = (contender.rank(contender.describe([np.asarray(crop, np.uint8) for crop in crops])) for _ in range(2))
    assert one == other


def test_inliers_of_the_same_face_are_many_and_of_another_few() -> None:
    orb = ContourOrb()
    orb.enrol(FACES, IDS)
    [ranked] = orb.rank(orb.describe([resize(FACES[4], 224, 224)]))
    assert ranked[0].card_id == "a-4"
    assert ranked[0].score > 3 * ranked[1].score
    [without] = orb.rank(orb.describe([resize(FACES[4], 224, 224)]), {"a-4"})
    assert "a-4" not in {candidate.card_id for candidate in without}


def shown_in_the_how_to() -> str:
    """The code that the how-to tells to put into a file."""
    text = (Path(__file__).parents[3] / "docs" / "how-to" / "run-the-benchmark.md").read_text(encoding="utf-8")
    return text.partition("```python\n")[2].partition("```")[0]


def test_a_baseline_is_one_file_and_every_file_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mean_colour.py").write_text(shown_in_the_how_to(), encoding="utf-8")
    monkeypatch.setattr(contenders, "__path__", [*contenders.__path__, str(tmp_path)])
    ours: Any = type("Ours", (), {"recognizer": type("R", (), {"embedder": None}), "matrix": None, "card_ids": ()})()
    opened = contenders.open_contenders(ours, FlatCards(FACES, IDS))
    assert opened[0] is ours
    ours_too = {"contour + pHash", "contour + pHash + ORB", "contour + ImageNet Lite0", "whole frame, 1 - d/2"}
    named_by = {baseline.name: baseline for baseline in opened[1:]}
    assert named_by.keys() >= ours_too | {"mean colour"}
    added = named_by["mean colour"]
    [named] = added.rank(added.describe([resize(FACES[3], 224, 224)]))
    assert named[0].card_id == "a-3"
