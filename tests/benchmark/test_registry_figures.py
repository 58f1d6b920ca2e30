from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cardlens.benchmark.registry_figures import figures_of, picked, write_figures
from cardlens.errors import CardlensError
from cardlens.store.registry_figures import read_figures
from cardlens.store.registry_gates import Gates

REPORT: dict[str, Any] = {
    "about": {"embedder": "a" * 64, "seed": 2026, "figures_digest": "b" * 64},
    "int8": {"weights": "as trained", "r1": {"fp32": 0.995, "int8": 0.9945}, "photos": 300},
    "photos": {"cardlens": {"names": {"learnt from: no": {"r1": {"value": 0.97, "count": 180}}}}},
}


def test_gives_what_the_registry_asks_for(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(REPORT))
    figures = figures_of(tmp_path / "bench.json")
    assert (figures["artwork_r_at_1"], figures["samples"], figures["int8_loss"]) == (0.97, 180, 0.0005)
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    assert read_figures(tmp_path / "figures.json") == figures


def test_what_the_benchmark_writes_the_registry_reads_and_its_gates_judge(tmp_path: Path) -> None:
    figures = read_figures(write_figures(REPORT, tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["figures.json"]
    assert all(result.holds for result in Gates().results(figures, "a" * 64))
    held = {result.name: result.holds for result in Gates().results(figures, "c" * 64)}
    assert held == {"figures": False, "parity": True, "accuracy": True, "samples": True}


@pytest.mark.parametrize(
    ("change", "gate"),
    [
        ({"int8": {"weights": "as trained", "r1": {"fp32": 0.995, "int8": 0.992}, "photos": 300}}, "parity"),
        ({"int8": {"weights": "as trained", "r1": {"fp32": 0.995, "int8": 0.995}, "photos": 20}}, "samples"),
        ({"photos": {"cardlens": {"names": {"learnt from: no": {"r1": {"value": 0.8, "count": 180}}}}}}, "accuracy"),
    ],
)
def test_a_gate_stays_shut_for_what_it_is_there_for(tmp_path: Path, change: dict[str, Any], gate: str) -> None:
    figures = read_figures(write_figures({**REPORT, **change}, tmp_path))
    assert [result.name for result in Gates().results(figures, "a" * 64) if not result.holds] == [gate]


def test_where_the_model_has_parts_to_compare_they_are_part_of_what_ships(tmp_path: Path) -> None:
    measured = {**REPORT["int8"], "r1_with_parts": {"fp32": 0.999, "int8": 0.998}}
    figures = read_figures(write_figures({**REPORT, "int8": measured}, tmp_path))
    assert (figures["r_at_1_fp32"], figures["r_at_1_int8"]) == (0.999, 0.998)


@pytest.mark.parametrize("part", ["about", "int8", "photos"])
def test_what_was_not_measured_is_not_made_up(tmp_path: Path, part: str) -> None:
    (tmp_path / "bench.json").write_text(json.dumps({**REPORT, part: None}))
    with pytest.raises(CardlensError, match="was not measured; run `cardlens bench --fp32"):
        figures_of(tmp_path / "bench.json")


@pytest.mark.parametrize("content", ["", "{", "not JSON"])
def test_what_is_no_report_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "bench.json").write_text(content)
    with pytest.raises(CardlensError, match="not a report of `cardlens bench`"):
        figures_of(tmp_path / "bench.json")


def test_rounded_weights_in_fp32_open_no_gate(tmp_path: Path) -> None:
    report = {**REPORT, "int8": {**REPORT["int8"], "weights": "as rounded"}}
    with pytest.raises(CardlensError, match=r"as they were trained.* was not measured; run `cardlens bench --fp32"):
        picked(report, tmp_path)
