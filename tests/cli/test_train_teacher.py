from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cardlens.cli import extras
from cardlens.training.teacher_training import TeacherSettings
from tests.cli.doubles import Run


class FakeRun:
    step, ended = 7, "2 minutes are over"


class FakeOutcome:
    photos, gallery = 6, 3489
    recall = {"backbone": {"all": 0.2}, "fine-tuned": {"all": 0.925, "under 90 px": 0.5}}  # noqa: RUF012 - read only

    def __init__(self, out: Path) -> None:
        self.weights, self.vectors = out / "teacher.pt", out / "vectors"


class FakeStage:
    """Notes how it was opened and where its record goes."""

    opened: list[tuple[Any, ...]]
    leads = True

    def __init__(self, material: Any, out: Path, settings: Any, weights: Path | None, *, resume: bool) -> None:
        FakeStage.opened.append((material.data, material.cache, out, settings, weights, resume))
        self.out, self.run = out, FakeRun()

    def train(self, record: Path) -> FakeOutcome | None:
        FakeStage.opened.append((record,))
        return FakeOutcome(self.out) if self.leads else None


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.training.teacher_stage.TeacherStage", FakeStage)
    FakeStage.opened, FakeStage.leads = [], True


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path / "data"


def test_what_is_given_reaches_the_run_and_the_rest_keeps_its_defaults(run: Run, data: Path, tmp_path: Path) -> None:
    out, weights = tmp_path / "out", tmp_path / "vit.pth"
    given = ("--backbone", "vit_small_patch14_dinov2", "--weights", weights, "--image-size", "112", "--rank", "8")
    ended = run("train", "teacher", "--data", data, "--out", out, *given, "--blocks", "0", "--dollars", "2")
    assert ended.code == 0, ended.err
    settings = TeacherSettings(backbone="vit_small_patch14_dinov2", image_size=112, rank=8, blocks=0, dollars=2.0)
    assert FakeStage.opened == [(data, out / "cache", out, settings, weights, False), (Path("experiments/out"),)]
    assert f"{out / 'teacher.pt'}: weights after 7 steps; 2 minutes are over" in ended.out
    assert f"{out / 'vectors'}: vectors of all scans" in ended.out
    assert "R@1 of 6 photos of held-out cards among 3489 scans" in ended.out
    assert "fine-tuned: all 92.5%, under 90 px 50.0%" in ended.out


def test_resumes_where_there_is_a_checkpoint(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    assert run("train", "teacher", "--data", data, "--out", tmp_path, "--resume").code == 0
    assert FakeStage.opened[0][-1] is True


def test_does_not_start_over_a_run(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    ended = run("train", "teacher", "--data", data, "--out", tmp_path)
    assert (ended.code, FakeStage.opened) == (1, [])
    assert "--resume" in ended.err


def test_a_process_that_does_not_lead_says_nothing(run: Run, data: Path, tmp_path: Path) -> None:
    FakeStage.leads = False
    ended = run("train", "teacher", "--data", data, "--out", tmp_path / "out")
    assert (ended.code, ended.out) == (0, "")


def test_says_how_to_install_what_it_needs(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run("train", "teacher", "--data", data, "--out", tmp_path)
    assert ended.code == 1
    assert "pip install 'cardlens[train]'" in ended.err
