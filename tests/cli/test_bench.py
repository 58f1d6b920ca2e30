from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cardlens.benchmark import report as report_module
from cardlens.benchmark import run as run_module
from cardlens.cli import extras
from tests.benchmark.test_registry_figures import REPORT
from tests.cli.doubles import Run

VERDICT = {"what": "artwork R@1", "wanted": "≥ 99.7 %", "measured": "98 %", "verdict": "missed"}


class FakeBenchmark:
    """Keeps what it was made with; finds the figures that its seed stands for."""

    made: list[tuple[Any, ...]] = []  # noqa: RUF012 - what the tests look at

    def __init__(self, data: Path, cache: Path, settings: object, plan: run_module.Plan, seed: int) -> None:
        self.seed = seed
        FakeBenchmark.made.append((data, cache, plan, seed))

    def run(self, fp32: Path | None) -> dict[str, Any]:
        about = {"figures_digest": f"digest of {self.seed}", "embedder": "a" * 64, "seed": self.seed}
        return {**REPORT, "about": about, "targets": [VERDICT], "fp32": str(fp32)}


def write(report: dict[str, Any], out: Path, ours: str) -> list[Path]:
    out.mkdir(exist_ok=True)
    (out / "bench.json").write_text(json.dumps(report), encoding="utf-8")
    return [out / "bench.json"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    FakeBenchmark.made = []
    monkeypatch.setattr(run_module, "Benchmark", FakeBenchmark)
    monkeypatch.setattr(report_module, "write_report", write)
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path / "data"


def test_measures_and_tells_what_was_reached(run: Run, data: Path, tmp_path: Path) -> None:
    ended = run("bench", "--data", data, "--out", tmp_path / "out")
    assert ended.code == 0
    assert FakeBenchmark.made == [(data, Path("runs/cache"), run_module.FULL, 2026)]
    assert "artwork R@1" in ended.out
    assert "missed" in ended.out
    assert str(tmp_path / "out" / "bench.json") in ended.out
    assert "figures digest of 2026" in ended.out
    assert not (tmp_path / "out" / "figures.json").exists()  # without the fp32 file, INT8 was not measured


def test_quick_measures_less_and_other_options_reach_the_run(run: Run, data: Path, tmp_path: Path) -> None:
    run(
        "bench",
        "--data",
        data,
        "--out",
        tmp_path / "out",
        "--quick",
        "--seed",
        "5",
        "--cache",
        tmp_path,
        "--fp32",
        "x.onnx",
    )
    assert FakeBenchmark.made == [(data, tmp_path, run_module.QUICK, 5)]
    assert json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))["fp32"] == "x.onnx"
    assert json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))["artwork_r_at_1"] == 0.97


def test_a_missed_target_fails_only_where_that_is_asked_for(run: Run, data: Path, tmp_path: Path) -> None:
    assert run("bench", "--data", data, "--out", tmp_path / "out", "--strict").code == 1


def test_figures_that_do_not_come_out_again_fail(run: Run, data: Path, tmp_path: Path) -> None:
    run("bench", "--data", data, "--out", tmp_path / "one")
    before = tmp_path / "one" / "bench.json"
    again = run("bench", "--data", data, "--out", tmp_path / "two", "--against", before)
    assert again.code == 0
    other = run("bench", "--data", data, "--out", tmp_path / "three", "--seed", "1", "--against", before)
    assert other.code == 1
    assert "did not come out again" in other.err


def test_what_is_compared_with_is_not_written_over(run: Run, data: Path, tmp_path: Path) -> None:
    run("bench", "--data", data, "--out", tmp_path / "one")
    before = tmp_path / "one" / "bench.json"
    ended = run("bench", "--data", data, "--out", tmp_path / "one", "--seed", "1", "--against", before)
    assert ended.code == 2
    assert "would be written over" in ended.err
    assert len(FakeBenchmark.made) == 1


def test_what_cannot_be_written_is_said_before_anything_is_measured(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run("bench", "--data", data, "--out", tmp_path / "file")
    assert (ended.code, FakeBenchmark.made) == (1, [])
    assert "a file stands where a folder is to be" in ended.err


@pytest.mark.parametrize("words", [("--rows", "10"), ("--way", "reference"), ("--postgres", "postgresql://x")])
def test_options_of_scale_are_for_scale(run: Run, data: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    ended = run("bench", "--data", data, "--out", tmp_path / "out", *words)
    assert (ended.code, FakeBenchmark.made) == (2, [])
    assert "are for --scale" in ended.err


def test_an_earlier_report_must_be_one(run: Run, data: Path, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("[]", encoding="utf-8")
    ended = run("bench", "--data", data, "--out", tmp_path / "out", "--against", tmp_path / "no.json")
    assert (ended.code, FakeBenchmark.made) == (1, [])
    assert "not a report of cardlens bench" in ended.err


def test_needs_card_data_and_the_extra(run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no folder scans" in run("bench", "--data", tmp_path, "--out", tmp_path / "out").err
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run("bench", "--data", data, "--out", tmp_path / "out")
    assert (ended.code, FakeBenchmark.made) == (1, [])
    assert "pip install 'cardlens[train]'" in ended.err


def test_a_way_to_search_that_there_is_not_is_named_with_those_there_are(tmp_path: Path, run: Run) -> None:
    result = run("bench", "--scale", "--way", "magic", "--out", str(tmp_path / "scale"))
    assert result.code == 1
    assert "--way magic: there is no such way to search; there are exact, hnsw f16" in result.err
    assert not (tmp_path / "scale").exists()


def test_only_the_named_ways_to_search_are_measured(tmp_path: Path, run: Run) -> None:
    out = tmp_path / "scale"
    result = run("bench", "--scale", "--rows", "300", "--way", "compact", "--way", "exact", "--out", str(out))
    assert result.code == 0, result.err
    sizes = json.loads((out / "scale.json").read_text(encoding="utf-8"))["sizes"]
    assert [set(size) for size in sizes] == [{"rows", "compact", "exact"}]
