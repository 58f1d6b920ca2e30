from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.errors import CardlensError
from cardlens.training.student import Material
from cardlens.training.teacher_stage import TeacherStage
from cardlens.training.teacher_vectors import file_digest, open_teacher_vectors
from tests.training.drawn_teacher_data import BACKBONE, SCANS, SETTINGS, VIEWS, write_backbone, write_cards

STAGES = ["backbone", "whitened", "fine-tuned"]


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    folder = tmp_path_factory.mktemp("teacher")
    return Material(write_cards(folder / "cards"), folder / "cache")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_backbone(tmp_path_factory.mktemp("backbone") / "backbone.safetensors")


def test_from_cards_to_vectors_figures_and_a_record(material: Material, weights: Path, tmp_path: Path) -> None:
    stage = TeacherStage(material, tmp_path / "out", SETTINGS, weights, resume=False)
    outcome = stage.train(tmp_path / "record")
    assert outcome is not None
    assert list(outcome.recall) == STAGES
    assert (outcome.photos, outcome.gallery) == (2 * 3, len(SCANS))
    figures = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))
    assert figures["recall@1"] == outcome.recall
    assert all(0 <= kinds["all"] <= 1 for kinds in outcome.recall.values())
    vectors = open_teacher_vectors(outcome.vectors)
    vectors.check(stage.run.cards.scans)
    assert vectors.vectors.shape == (len(SCANS) + len(VIEWS) + 1, 768)
    assert (vectors.identity.name, vectors.identity.image_size) == (BACKBONE, 32)
    assert vectors.identity.weights == file_digest(outcome.weights)
    record = json.loads((tmp_path / "record" / "run.json").read_text(encoding="utf-8"))
    assert record["figures"]["recall@1 fine-tuned, all"] == outcome.recall["fine-tuned"]["all"]
    assert record["origin"]["weights"]["sha256"] == file_digest(weights)


def test_a_resumed_run_needs_no_backbone_and_keeps_what_was_measured_before(
    material: Material, weights: Path, tmp_path: Path
) -> None:
    first = TeacherStage(material, tmp_path / "out", replace(SETTINGS, minutes=0), weights, resume=False)
    before = first.train(tmp_path / "record")
    again = TeacherStage(material, tmp_path / "out", SETTINGS, None, resume=True)
    assert again.run.step == 1
    after = again.train(tmp_path / "record")
    assert before is not None
    assert after is not None
    assert again.run.step == SETTINGS.steps
    assert list(after.recall) == STAGES
    assert [after.recall[stage] for stage in STAGES[:2]] == [before.recall[stage] for stage in STAGES[:2]]
    vectors = open_teacher_vectors(after.vectors)
    assert vectors.identity.weights == file_digest(after.weights)
    record = json.loads((tmp_path / "record" / "run.json").read_text(encoding="utf-8"))
    assert record["origin"]["weights"]["sha256"] == file_digest(weights)


@pytest.mark.parametrize("damage", ["", "{}", "[]"])
def test_a_resumed_run_whose_figures_are_damaged_is_told(
    material: Material, weights: Path, tmp_path: Path, damage: str
) -> None:
    (tmp_path / "figures.json").write_text(damage, encoding="utf-8")
    with pytest.raises(CardlensError, match="start anew"):
        TeacherStage(material, tmp_path, SETTINGS, None, resume=True)
