from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from cardlens.cli import extras
from cardlens.errors import CardlensError
from cardlens.export.parity import Parity
from cardlens.runtimes.base import ModelSpec
from tests.cli.doubles import Run


@dataclass(frozen=True)
class FakeSettings:
    seed: int = 1
    steps: int = 7
    minutes: float = 600.0
    threads: int = 1


class FakeRun:
    """Keeps what it was made with and what was called."""

    made: list[FakeRun]
    name: str
    record: Path

    def __init__(self, data: Path, cache: Path, out: Path, settings: FakeSettings) -> None:
        self.data, self.cache, self.out, self.settings = data, cache, out, settings
        self.scans, self.grounds = "scans", "grounds"
        self.resumed = False
        self.step = 0
        FakeRun.made.append(self)

    def resume(self) -> None:
        self.resumed = True

    def train(self) -> Path:
        self.step = self.settings.steps
        return self.out / "weights.pt"


def fake_release(run: Path, scans: str, grounds: str, trials: Callable[[], str]) -> tuple[Path, Parity]:
    assert (scans, grounds, trials()) == ("scans", "grounds", "trials")
    return run / "embedder.onnx", Parity({"fp32 ONNX": 0.99, "INT8": 0.989}, (), 1000, 30)


def fake_export(run: Path, name: str, scans: str, grounds: str, out: Path) -> ModelSpec:
    assert (scans, grounds, out) == ("scans", "grounds", run)
    return ModelSpec(name, "embed", 8, 8, (0, 0, 0), (1, 1, 1), 1, "f" * 64)


def fake_recorded(run: FakeRun, data: tuple[Path, Path], folder: Path) -> Path:
    assert data == (run.data, run.cache)
    run.record = folder
    return run.train()


def put(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> None:
    """Put a module in the place of one that needs PyTorch."""
    module = ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture(params=["embedder", "detector", "aligner"])
def model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name a model, with a training of it that trains nothing."""
    name: str = request.param
    FakeRun.name = name
    training = {f"{name.capitalize()}Run": FakeRun, f"{name.capitalize()}Settings": FakeSettings}
    put(monkeypatch, f"cardlens.training.{name}_training", **training)
    put(monkeypatch, "cardlens.training.experiment", train_recorded=fake_recorded)
    put(monkeypatch, "cardlens.training.experiment_source", Data=SimpleNamespace(of=lambda *where: where))
    put(monkeypatch, "cardlens.export.models", export_run=fake_export)
    put(monkeypatch, "cardlens.export.release", release_run=fake_release)
    put(monkeypatch, "cardlens.export.forms", render_trials=lambda *_: "trials")
    FakeRun.made = []
    return name


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path / "data"


def test_what_is_given_reaches_the_run_and_the_rest_keeps_its_defaults(
    run: Run, model: str, data: Path, tmp_path: Path
) -> None:
    ended = run("train", model, "--data", data, "--out", tmp_path / "out", "--seed", "5", "--minutes", "2")
    [made] = FakeRun.made
    assert (made.data, made.cache, made.out) == (data, tmp_path / "out" / "cache", tmp_path / "out")
    assert made.settings == FakeSettings(seed=5, minutes=2.0)
    assert made.record == Path("experiments/out")
    assert not made.resumed
    assert ended.code == 0
    assert f"{tmp_path / 'out' / 'weights.pt'}: weights after 7 steps" in ended.out
    assert f"{tmp_path / 'out' / model}.onnx" in ended.out


@pytest.mark.parametrize("model", ["embedder"], indirect=True)
def test_an_embedder_that_int8_makes_worse_is_left_in_fp32_and_the_next_command_is_named(
    run: Run, model: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CardlensError("INT8: loses 9.00 points of R@1")

    put(monkeypatch, "cardlens.export.release", release_run=refuse)
    out = tmp_path / "out"
    ended = run("train", model, "--data", data, "--out", out)
    assert ended.code == 1
    assert f"{out / 'weights.pt'}: weights after 7 steps" in ended.out
    assert "INT8: loses 9.00 points of R@1. No INT8 was written" in ended.err
    assert f"cardlens export int8 {out / 'embedder-fp32.onnx'}" in ended.err


def test_resumes_where_there_is_a_checkpoint(run: Run, model: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    assert run("train", model, "--data", data, "--out", tmp_path, "--resume", "--record", "mine").code == 0
    assert FakeRun.made[0].resumed
    assert FakeRun.made[0].record == Path("mine")


def test_does_not_start_over_a_run(run: Run, model: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    ended = run("train", model, "--data", data, "--out", tmp_path)
    assert (ended.code, FakeRun.made) == (1, [])
    assert "--resume" in ended.err


def test_does_not_resume_from_nothing(run: Run, model: str, data: Path, tmp_path: Path) -> None:
    ended = run("train", model, "--data", data, "--out", tmp_path, "--resume")
    assert (ended.code, FakeRun.made) == (1, [])
    assert "no checkpoint" in ended.err


def test_one_process_trains_what_several_cannot(
    run: Run, model: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    ended = run("train", model, "--data", data, "--out", tmp_path / "out")
    assert (ended.code, FakeRun.made) == (1, [])
    assert "trains in one process; several train with `cardlens train student`" in ended.err


def test_a_seed_below_0_is_refused(run: Run, model: str, data: Path, tmp_path: Path) -> None:
    ended = run("train", model, "--data", data, "--out", tmp_path / "out", "--seed", "-1")
    assert (ended.code, FakeRun.made) == (2, [])


def test_needs_scans(run: Run, model: str, tmp_path: Path) -> None:
    ended = run("train", model, "--data", tmp_path, "--out", tmp_path / "out")
    assert (ended.code, FakeRun.made) == (1, [])
    assert "no folder scans or backgrounds" in ended.err


def test_says_how_to_install_what_it_needs(
    run: Run, model: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run("train", model, "--data", data, "--out", tmp_path)
    assert (ended.code, FakeRun.made) == (1, [])
    assert "pip install 'cardlens[train]'" in ended.err
