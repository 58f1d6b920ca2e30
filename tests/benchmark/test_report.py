from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cardlens.benchmark.plots import draw_all
from cardlens.benchmark.report import write_report
from cardlens.benchmark.run import digest
from cardlens.benchmark.table import as_markdown
from cardlens.benchmark.tables import all_tables
from cardlens.export.speedup import Speedup, Speedups
from tests.benchmark.drawn_report import drawn_report

OURS = "thumbnail"


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return drawn_report()


def test_writes_json_markdown_and_a_page(report: dict[str, Any], tmp_path: Path) -> None:
    files = write_report(report, tmp_path / "out", OURS)
    assert [file.name for file in files] == ["bench.json", "bench.md", "bench.html"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["bench.html", "bench.json", "bench.md"]
    assert json.loads(files[0].read_text(encoding="utf-8")) == report


def test_the_page_needs_nothing_from_elsewhere(report: dict[str, Any], tmp_path: Path) -> None:
    page = write_report(report, tmp_path, OURS)[2].read_text(encoding="utf-8")
    assert page.count("<svg") == 8
    assert not re.search(r'(src|href)="(?!#)', page.replace('xlink:href="#', 'xlink:href="#'))
    assert "<script" not in page
    assert "&lt;thumbnails&gt;" in page


def test_the_same_figures_give_the_same_bytes(report: dict[str, Any], tmp_path: Path) -> None:
    one, other = (write_report(report, tmp_path / name, OURS) for name in ("one", "other"))
    for first, second in zip(one, other, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_every_plot_is_drawn(report: dict[str, Any]) -> None:
    assert all(svg.startswith("<svg") and "</svg>" in svg for svg in draw_all(report, OURS).values())


def test_tables_have_a_cell_for_every_head(report: dict[str, Any]) -> None:
    tables = list(all_tables(report))
    assert {"Targets", "Side by side", "Printings", "Strangers", "Confidence", "Slices not won", "Growth", "Size"} < {
        table.title for table in tables
    }
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.head)}
    text = as_markdown(tables)
    assert text.count("\n## ") == len(tables) - 1
    assert "binder photos, right of 72" in text


def test_how_much_faster_int8_is_has_a_row_for_each_way(report: dict[str, Any]) -> None:
    ways = Speedups((Speedup(1, 1, 7.561, 4.134, 1.83), Speedup(0, 8, 4.05, 2.21, 1.83)))
    whole = {"weights": "as rounded", "timing": ways.as_json()}
    [table] = [table for table in all_tables({**report, "int8": whole}) if table.title == "Speed of INT8"]
    assert table.rows == (("1", "1", "7.56", "4.13", "1.83"), ("all", "8", "4.05", "2.21", "1.83"))
    assert "as rounded" in table.note


def test_the_digest_is_of_figures_not_of_times(report: dict[str, Any]) -> None:
    slower, other = deepcopy(report), deepcopy(report)
    slower["cost"]["milliseconds"]["find"]["median"] = 1e6
    slower["about"]["version"] = "9"
    other["real"][OURS]["binder_right"] = 69
    assert digest(slower) == digest(report) != digest(other)
    assert digest(drawn_report()) == digest(report)
