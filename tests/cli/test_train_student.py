from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cardlens.cli import extras
from cardlens.export.parity import Parity
from cardlens.training.student_training import StudentSettings
from cardlens.training.teacher_vectors import write_teacher_vectors
from tests.cli.doubles import Run
from tests.training.drawn_data import drawn_teacher, write_data


class FakeRun:
    step, ended = 7, "2 minutes are over"

    def __init__(self, name: str, out: Path) -> None:
        self.name, self.out, self.scans, self.grounds = name, out, "scans", "grounds"


class FakeOutcome:
    figures = {"recall@1": 0.5}  # noqa: RUF012 - read only

    def __init__(self, weights: Path) -> None:
        self.weights = weights


class FakeStage:
    """Notes how it was opened and trained; a process that does not lead has no outcome."""

    opened: list[tuple[Any, ...]]
    leads = True

    def __init__(self, name: str, out: Path) -> None:
        self.run = FakeRun(name, out)

    @classmethod
    def distil(cls, material: Any, teacher: Path, out: Path, settings: Any) -> FakeStage:
        cls.opened.append(("distil", material.data, material.cache, teacher, out, settings))
        return cls("student", out)

    @classmethod
    def refine(cls, material: Any, start: Path | None, out: Path, settings: Any) -> FakeStage:
        cls.opened.append(("refine", material.data, material.cache, start, out, settings))
        return cls("embedder", out)

    def train(self, record: Path, *, resume: bool) -> FakeOutcome | None:
        FakeStage.opened.append(("train", record, resume))
        return FakeOutcome(self.run.out / f"{self.run.name}.pt") if self.leads else None


@pytest.fixture(autouse=True)
def stage(monkeypatch: pytest.MonkeyPatch) -> type[FakeStage]:
    monkeypatch.setattr("cardlens.training.student.StudentStage", FakeStage)
    parity = Parity({"fp32 ONNX": 0.99, "INT8": 0.989}, (), 1000, 30)
    monkeypatch.setattr("cardlens.export.release.release_run", lambda run, *_: (run / "embedder.onnx", parity))
    FakeStage.opened, FakeStage.leads = [], True
    return FakeStage


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path / "data"


def test_stage_1_learns_from_a_teacher(run: Run, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "stage1"
    ended = run(
        *("train", "student", "--data", data, "--out", out, "--teacher", tmp_path / "vectors"),
        *("--seed", "5", "--size", "96", "--relation", "rkd", "--dollars", "2.8", "--dollars-an-hour", "0.74"),
    )
    assert ended.code == 0
    settings = StudentSettings(seed=5, size=96, small=96, relation="rkd", dollars=2.8, dollars_an_hour=0.74)
    opened, trained = FakeStage.opened
    assert opened[:5] == ("distil", data, out / "cache", tmp_path / "vectors", out)
    assert asdict(opened[5]) == asdict(settings)
    assert trained == ("train", Path("experiments/stage1"), False)
    assert "weights after 7 steps; 2 minutes are over" in ended.out
    assert "of unseen cards 50.0% are found first" in ended.out
    assert "INT8" not in ended.out


def test_stage_2_goes_on_from_weights_and_exports(run: Run, data: Path, tmp_path: Path) -> None:
    start, record = tmp_path / "student.pt", tmp_path / "record"
    ended = run(
        *("train", "student", "--stage", "2", "--data", data, "--out", tmp_path / "stage2", "--start", start),
        *("--accumulate", "4", "--device", "cpu", "--record", record),
    )
    assert ended.code == 0
    opened, trained = FakeStage.opened
    assert (opened[0], opened[3]) == ("refine", start)
    assert (opened[5].accumulate, opened[5].device) == (4, "cpu")
    assert trained == ("train", record, False)
    assert f"{tmp_path / 'stage2' / 'embedder.onnx'}: INT8, released" in ended.out
    assert "R@1 of 1,000 photos: fp32 ONNX 99.00%, INT8 98.90%" in ended.out


def test_a_process_that_does_not_lead_says_nothing(run: Run, data: Path, tmp_path: Path) -> None:
    FakeStage.leads = False
    ended = run("train", "student", "--data", data, "--out", tmp_path / "out", "--teacher", tmp_path)
    assert (ended.code, ended.out) == (0, "")


def test_resumes_where_there_is_a_checkpoint(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    assert run("train", "student", "--stage", "2", "--data", data, "--out", tmp_path, "--resume").code == 0
    assert FakeStage.opened[-1][2] is True


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give its vectors with --teacher"),
        (("--teacher", "vectors", "--start", "student.pt"), "and no --start"),
        (("--stage", "2", "--teacher", "vectors"), "leave out --teacher"),
        (("--stage", "2", "--relation", "rkd"), "leave out --teacher and --relation"),
    ],
)
def test_stages_are_not_mixed(run: Run, data: Path, tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    ended = run("train", "student", "--data", data, "--out", tmp_path / "out", *options)
    assert (ended.code, FakeStage.opened) == (1, [])
    assert message in ended.err


@pytest.mark.parametrize("command", ["student", "ablation"])
def test_says_how_to_install_what_it_needs(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run("train", command, "--data", data, "--out", tmp_path, "--teacher", tmp_path)
    assert ended.code == 1
    assert "pip install 'cardlens[train]'" in ended.err


def test_an_ablation_is_told_way_by_way_and_not_done_twice(run: Run, tmp_path: Path) -> None:
    data, cache = write_data(tmp_path / "data"), tmp_path / "cache"
    write_teacher_vectors(tmp_path / "vectors", drawn_teacher(data, cache))
    command = ("train", "ablation", "--data", data, "--cache", cache, "--teacher", tmp_path / "vectors")
    small = ("--out", tmp_path / "out", "--seed", "1", "--steps", "2", "--size", "64", "--cards", "4")
    first, second = run(*command, *small), run(*command, *small)
    assert (first.code, second.code) == (0, 0)
    ways = ["imagenet", "metric", "distilled", "distilled+metric"]
    assert [line.split(",")[0] for line in first.out.splitlines() if ", seed 1: recall@1" in line] == ways
    assert ", seed" not in second.out
    assert "4 trainings compared" in second.out
    record = json.loads((tmp_path / "out" / "ablation.json").read_text(encoding="utf-8"))
    assert [result["arm"] for result in record["results"]] == ways
    other = run(*command, *small[:-1], "5")
    assert other.code == 1
    assert "of another plan, teacher or data" in other.err
