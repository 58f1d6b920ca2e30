from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cardlens.cloud.bench_figures import figures_of
from cardlens.errors import CardlensError
from cardlens.store.registry_figures import read_figures

REPORT: dict[str, Any] = {
    "about": {"embedder": "a" * 64, "seed": 2026, "figures_digest": "b" * 64},
    "int8": {"r1": {"fp32": 0.995, "int8": 0.9945}, "photos": 300},
    "photos": {"cardlens": {"names": {"learnt from: no": {"r1": {"value": 0.97, "count": 180}}}}},
}


def test_gives_what_the_registry_asks_for(tmp_path: Path) -> None:
    (tmp_path / "bench.json").write_text(json.dumps(REPORT))
    figures = figures_of(tmp_path / "bench.json")
    assert (figures["artwork_r_at_1"], figures["samples"], figures["int8_loss"]) == (0.97, 180, 0.0005)
    (tmp_path / "figures.json").write_text(json.dumps(figures))
    assert read_figures(tmp_path / "figures.json") == figures


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
