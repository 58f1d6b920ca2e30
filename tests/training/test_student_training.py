from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

from cardlens.errors import CardlensError
from cardlens.training.run import Batch
from cardlens.training.student_training import StudentRun, StudentSettings, ridge
from cardlens.training.teacher_vectors import BadTeacherVectors
from tests.training.drawn_data import drawn_data, drawn_teacher

SETTINGS = StudentSettings(steps=20, small=64, size=64, cards=4, average=0.8, device="cpu")


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    data, cache, _ = drawn_data(tmp_path_factory.mktemp("cards"))
    return data, cache


def student(cards: tuple[Path, Path], out: Path, settings: StudentSettings = SETTINGS) -> StudentRun:
    return StudentRun(*cards, out, settings, drawn_teacher(*cards))


class Always(Dataset[Batch]):
    """The same batch at every step."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def __getitem__(self, number: int) -> Batch:
        return self.batch


def test_a_student_comes_nearer_to_what_its_teacher_says(
    cards: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = student(cards, tmp_path, replace(SETTINGS, rate=0.003))
    batch = run.batches()[0]
    before = run.loss(batch)[1]
    run.before_stretch()
    started = run.loss(batch)[1]
    assert started["cosine"] < before["cosine"]
    monkeypatch.setattr(run, "batches", lambda: Always(batch))
    run.train()
    after = run.loss(batch)[1]
    assert after["cosine"] < before["cosine"] / 2
    assert after["relation"] < before["relation"] / 2
    assert set(json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8"))) >= {"step", "cosine", "relation"}


def test_each_photo_is_to_be_what_the_teacher_says_of_its_own_card(cards: tuple[Path, Path], tmp_path: Path) -> None:
    run, teacher = student(cards, tmp_path), drawn_teacher(*cards)
    files = {record.file: row for row, record in enumerate(teacher.records)}
    for name, wanted in zip(run.names, run.bank, strict=True):
        own = teacher.vectors[files[f"scans/{name}.webp"]].astype(np.float32)
        torch.testing.assert_close(wanted, torch.from_numpy(own), rtol=0, atol=1e-3)


def test_near_cards_are_near_to_the_teacher_and_other_artworks(cards: tuple[Path, Path], tmp_path: Path) -> None:
    run = student(cards, tmp_path)
    close = run.bank @ run.bank.T
    for card in range(len(run.names)):
        others = [other for other in range(len(run.names)) if other != card]
        nearest = max(others, key=lambda other, card=card: float(close[card, other]))  # type: ignore[misc]
        assert int(run.near[card, 0]) == nearest


def test_held_out_cards_are_not_learnt(cards: tuple[Path, Path], tmp_path: Path) -> None:
    assert not any(name.startswith("base2-") for name in student(cards, tmp_path).names)


@pytest.mark.parametrize("relation", ["rkd", "none"])
def test_relations_can_be_compared_otherwise(cards: tuple[Path, Path], tmp_path: Path, relation: str) -> None:
    run = student(cards, tmp_path, replace(SETTINGS, relation=relation))  # type: ignore[arg-type]
    loss, figures = run.loss(run.batches()[0])
    assert (figures["relation"] == 0) == (relation == "none")
    weighted = figures["cosine"] * SETTINGS.cosine + figures["relation"] * SETTINGS.relational
    assert float(loss.detach()) == pytest.approx(weighted, abs=2e-4)


def test_an_unknown_relation_is_refused(cards: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="'kin': no relation; give one of seed, rkd, none"):
        student(cards, tmp_path, replace(SETTINGS, relation="kin"))  # type: ignore[arg-type]


def test_a_teacher_of_other_scans_is_refused(cards: tuple[Path, Path], tmp_path: Path) -> None:
    teacher = drawn_teacher(*cards)
    other = replace(teacher, identity=replace(teacher.identity, data="f" * 64))
    with pytest.raises(BadTeacherVectors, match="of other scans"):
        StudentRun(*cards, tmp_path, SETTINGS, other)


def test_the_head_starts_as_the_regression_says() -> None:
    random = torch.Generator().manual_seed(1)
    features, turn = torch.randn(400, 6, generator=random), torch.randn(4, 6, generator=random)
    weight, bias = ridge(features, features @ turn.T + 3)
    said = torch.nn.functional.normalize(features @ weight.T + bias, dim=1)
    wanted = torch.nn.functional.normalize(features @ turn.T + 3, dim=1)
    assert float((said * wanted).sum(dim=1).mean()) > 0.9
    assert float(weight.square().mean().sqrt()) == pytest.approx((1 / 18) ** 0.5, rel=1e-4)
