from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.export import speedup
from cardlens.export.speedup import Speedup, Speedups

CROP = np.zeros((224, 224, 3), np.uint8)


def test_two_files_are_timed_in_four_ways(whole: Path) -> None:
    found = Speedups.of(whole, whole, np.zeros((64, 64, 3), np.uint8), turns=8)
    assert [(way.threads, way.crops) for way in found.ways] == [(1, 1), (1, 8), (0, 1), (0, 8)]
    assert all(way.whole > 0 and way.small > 0 for way in found.ways)
    assert found.faster == found.ways[0].faster


def test_forms_are_compared_turn_by_turn(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The computer was half as fast later on: medians of each form would say 4 times."""

    def turns(forms: Sequence[str], crops: Sequence[Any], _turns: int) -> dict[str, tuple[float, ...]]:
        rows = ((6.0, 6.0, 12.0, 12.0, 12.0), (3.0, 3.0, 6.0, 3.0, 6.0))
        return {form: tuple(len(crops) * each for each in row) for form, row in zip(forms, rows, strict=True)}

    monkeypatch.setattr(speedup, "open_onnx", lambda file, threads: (file, threads))
    monkeypatch.setattr(speedup, "take_turns", turns)
    found = Speedups.of(whole, whole.with_name("small.onnx"), CROP)
    assert found.ways[1] == Speedup(1, 8, 12.0, 3.0, 2.0)
    assert list(found.verdicts()) == []
    assert found.as_json()["faster"] == 2.0
    assert found.as_json()["ways"][2] == {"threads": 0, "crops": 1, "whole": 12.0, "small": 3.0, "faster": 2.0}


def test_what_is_too_slow_is_said() -> None:
    [line] = Speedups((Speedup(1, 1, 6.0, 4.0, 1.5), Speedup(0, 8, 6.0, 3.0, 2.0))).verdicts()
    assert line.startswith("INT8: 1.5 times as fast as fp32 on one thread, less than 1.6")


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (
            Speedup(1, 1, 6.0, 3.0, 2.0),
            "one thread, one crop: 6.00 ms a crop in fp32, 3.00 in INT8, 2.00 times as fast",
        ),
        (Speedup(0, 8, 6.0, 3.0, 2.0), "all cores, 8 crops at once: 6.00 ms a crop in fp32, 3.00 in INT8, 2.00 times"),
    ],
)
def test_each_way_is_a_line_for_people(way: Speedup, said: str) -> None:
    assert str(way).startswith(said)
