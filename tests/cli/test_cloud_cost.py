from __future__ import annotations

import importlib.util
import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.doubles import Run


def test_the_example_is_the_page_with_its_mistakes(run: Run) -> None:
    ended = run("cloud", "cost")
    assert ended.code == 0
    for words in ("$2.80", "$0.73", "$0.13", "wrong", "us-east-2", "10,000 devices"):
        assert words in ended.out


def test_json_has_exact_amounts_as_text(run: Run) -> None:
    record = json.loads(run("cloud", "cost", "--json").out)
    lines = {line["key"]: line for line in record["one_time"]["lines"]}
    assert lines["training"]["usd"] == "2.79832"
    assert lines["training"]["confirmed"] is False
    assert sum(Decimal(line["usd"]) for line in lines.values()) == Decimal(record["one_time"]["total"]["usd"])
    assert {one["class"] for one in record["archives"]} == {"glacier-instant", "glacier-flexible", "deep-archive"}
    assert record["growth"][-1]["cards"] == 1_000_000


def test_an_inventory_of_ones_own_is_priced_without_the_page(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "inventory.json"
    rows = [
        {"key": "raw", "category": "Raw", "bytes": 100 * 2**30, "files": 1000},
        {"key": "reference", "category": "Reference", "bytes": 2**30, "files": 4},
    ]
    file.write_text(json.dumps({"categories": rows}))
    record = json.loads(run("cloud", "cost", "--inventory", file, "--devices", "200", "--json").out)
    monthly = {line["key"]: Decimal(line["usd"]) for line in record["monthly"]["lines"]}
    assert monthly["storage"] == 101 * Decimal("0.023")
    assert monthly["egress"] == 100 * Decimal("0.09")
    assert record["page"] == []


def test_hours_and_amounts_given_are_used(run: Run) -> None:
    options = ("--hours", "10", "--devices", "1000", "--gb-per-device", "0.5", "--json")
    record = json.loads(run("cloud", "cost", *options).out)
    assert record["one_time"]["lines"][0]["usd"] == "7.3640"
    assert record["monthly"]["lines"][2]["cents"] == "36.00"


@pytest.mark.parametrize("amount", ["much", "-1", "NaN"])
def test_what_is_no_amount_is_refused(run: Run, amount: str) -> None:
    ended = run("cloud", "cost", "--hours", amount)
    assert ended.code == 2
    assert "--hours" in ended.err


def test_files_that_cannot_be_used_are_one_line(run: Run, tmp_path: Path) -> None:
    for option in ("--inventory", "--prices"):
        ended = run("cloud", "cost", option, tmp_path / "gone.json")
        assert (ended.code, ended.err.count("\n")) == (1, 1)
        assert "gone.json" in ended.err
    assert "no price" in run("cloud", "cost", "--instance", "ml.none").err


def test_a_plot_needs_matplotlib(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    ended = run("cloud", "cost", "--plot", tmp_path / "costs.png")
    assert ended.code == 1
    assert "pip install 'cardlens[train]'" in ended.err


def test_a_plot_is_written(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="drawing needs the extra train")
    assert run("cloud", "cost", "--plot", tmp_path / "costs.svg").code == 0
    assert "Glacier" in (tmp_path / "costs.svg").read_text(encoding="utf-8")


def test_a_store_is_priced_as_it_is_now(run: Run, tmp_path: Path) -> None:
    scans = tmp_path / "data" / "raw" / "card_images"
    scans.mkdir(parents=True)
    for number in range(3):
        (scans / f"a-{number}.png").write_bytes(b"x" * 1000)
    record = json.loads(run("cloud", "cost", "--store", tmp_path, "--json").out)
    assert (record["inventory"]["files"], record["inventory"]["bytes"]) == (3, 3000)
    assert record["growth"][0]["cards"] == 17_592
    assert run("cloud", "cost", "--store", tmp_path, "--inventory", tmp_path / "x.json").code == 2
