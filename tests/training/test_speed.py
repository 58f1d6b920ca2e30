from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.recognition.answer import Milliseconds, PhotoAnswer
from cardlens.recognition.detector import Found
from cardlens.runtimes.base import ModelSpec
from cardlens.training import speed
from cardlens.training.simulator.layouts import card_at


def test_the_median_leaves_out_the_run_that_warms_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    clock = iter([0.0, 0.001, 1.0, 1.003, 2.0, 2.9])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    assert speed.median_milliseconds(lambda: runs.append(1), 3) == pytest.approx(3.0)
    assert len(runs) == 4


class Parts:
    """A recognizer whose parts do nothing; it keeps which photos it was given."""

    def __init__(self) -> None:
        self.detector, self.embedder = self, self
        self.spec = ModelSpec("none", "embed", 8, 8, (0.0,) * 3, (1.0,) * 3, 1, "")
        self.named: list[Path] = []

    def find(self, _pixels: object) -> list[Found]:
        return [Found(card_at(40, 40, 30, 0.0), 0.9)] * 3

    def embed(self, crops: list[Any]) -> int:
        return len(crops)

    def name_cards(self, photo: Path) -> PhotoAnswer:
        self.named.append(photo)
        return PhotoAnswer(photo.name, (1, 1), (), Milliseconds())


def test_every_stage_has_a_limit_and_says_of_how_many_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_GALLERY", 300)
    parts: Any = Parts()
    photo = np.zeros((80, 80, 3), np.uint8)
    said = list(speed.stages(parts, photo, photo))
    assert [one.what for one in said] == [
        "straighten a card",
        "embed a card",
        "match a card among 300",
        "find, up to nine cards",
        "find, 3 cards",
    ]
    assert all(one.value >= 0 and one.limit > 0 and one.unit == "ms" for one in said)


def test_one_card_is_named_on_twelve_megapixels(tmp_path: Path) -> None:
    parts: Any = Parts()
    page = tmp_path / "page.jpg"
    said = list(speed.photos(parts, np.zeros((6, 8, 3), np.uint8), page, tmp_path))
    assert [one.limit for one in said] == [200, 500]
    assert set(parts.named) == {tmp_path / "twelve-megapixels.jpg", page}
    assert parts.named.count(page) == 8


def test_the_peak_is_that_of_the_command_asked_for() -> None:
    small, large = (
        speed._child_peak_megabytes([sys.executable, "-c", f"x = bytearray({megabytes}_000_000)"])
        for megabytes in (1, 90)
    )
    assert 60 < large - small < 140
