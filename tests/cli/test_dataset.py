from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cardlens.cli import extras
from cardlens.training.dataset import calibration as calibration_module
from cardlens.training.dataset import prepare as prepare_module
from cardlens.training.dataset.prepare import Entry, Plan, Prepared
from tests.cli.doubles import Run

ENTRY = Entry("classification/train/A1-1/en-0.webp", "A1-1", "train", "en", "A1-1.webp", 9, "0" * 64)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was asked of the work behind; the second raw folder has a scan that cannot be used."""
    calls: list[tuple[Any, ...]] = []

    def prepare(raw: Sequence[Path], catalogue: object, out: Path, plan: Plan) -> Prepared:
        calls.append((list(raw), out, plan))
        return Prepared(out, [ENTRY], {str(raw[1]): "blank"} if len(raw) > 1 else {})

    def write(data: Path, cache: Path, out: Path, count: int, seed: int) -> Path:
        calls.append((data, cache, out, count, seed))
        return out

    monkeypatch.setattr(prepare_module, "find_all", lambda raw, _catalogue: list(raw))
    monkeypatch.setattr(prepare_module, "prepare", prepare)
    monkeypatch.setattr(calibration_module, "write_calibration", write)
    return calls


def test_tells_what_is_on_each_side(run: Run, asked: list[tuple[Any, ...]]) -> None:
    ended = run("dataset", "prepare", "raw", "--out", "out", "--scenes", "5", "--backgrounds", "grounds")
    assert ended.code == 0
    assert asked == [([Path("raw")], Path("out"), Plan(5, Path("grounds"), 17))]
    assert "train: 1 pictures of 1 cards" in ended.out
    assert "manifest.json" in ended.out


def test_sets_for_the_test_side_are_named_and_without_any_it_says_so(run: Run, asked: list[tuple[Any, ...]]) -> None:
    ended = run("dataset", "prepare", "raw", "--out", "out", "--held-out", "sv1", "--held-out", "base3")
    assert asked[0][2].held_out == ("sv1", "base3")
    assert "test: no cards" in ended.err
    assert "--held-out" in ended.err


def test_what_was_left_out_is_told_and_the_exit_code_says_so(run: Run, asked: list[tuple[Any, ...]]) -> None:
    ended = run("dataset", "prepare", "raw", "more", "--out", "out")
    assert ended.code == 1
    assert "left out: more: blank" in ended.err


def test_prints_json(run: Run, asked: list[tuple[Any, ...]]) -> None:
    report = json.loads(run("dataset", "prepare", "raw", "--out", "out", "--json").out)
    assert report["counts"]["train"] == {"pictures": 1, "cards": 1}
    assert report["left_out"] == {}


def test_calibration_has_1024_crops_unless_told_otherwise(
    run: Run, asked: list[tuple[Any, ...]], tmp_path: Path
) -> None:
    for name in ("scans", "backgrounds"):
        (tmp_path / name).mkdir()
    run("dataset", "calibration", "--data", tmp_path, "--out", "c.npy")
    run("dataset", "calibration", "--data", tmp_path, "--out", "c.npy", "--count", "9", "--cache", "k", "--seed", "3")
    assert asked == [
        (tmp_path, Path("runs/cache"), Path("c.npy"), 1024, 99),
        (tmp_path, Path("k"), Path("c.npy"), 9, 3),
    ]


def test_calibration_needs_scans(run: Run, asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    ended = run("dataset", "calibration", "--data", tmp_path, "--out", "c.npy")
    assert (ended.code, asked) == (1, [])
    assert "no folder scans" in ended.err


@pytest.mark.parametrize(
    "words", [["prepare", "raw", "--out", "out"], ["calibration", "--data", ".", "--out", "c.npy"]]
)
def test_says_how_to_install_what_it_needs(run: Run, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run("dataset", *words)
    assert ended.code == 1
    assert "pip install 'cardlens[train]'" in ended.err
