from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.benchmark import memory
from cardlens.benchmark.cost import contender_milliseconds, model_size, stage_milliseconds
from cardlens.errors import CardlensError
from cardlens.recognition.answer import Milliseconds, PhotoAnswer
from cardlens.settings import BUNDLED, Settings
from tests.benchmark.drawn_material import Silent


class Slow:
    """A recognizer whose stages take as long as it says, one run after the other."""

    def __init__(self) -> None:
        self.spent = iter([99.0, 1.0, 2.0, 3.0])

    def name_cards(self, photo: Path) -> PhotoAnswer:
        find = next(self.spent)
        return PhotoAnswer("x", (1, 1), (), Milliseconds(find=find, total=find))


def test_the_first_run_only_warms_and_the_rest_is_summed_up() -> None:
    slow: Any = Slow()
    said = stage_milliseconds(slow, Path("photo.jpg"), 3)
    assert said["find"] == {"median": 2.0, "p90": 2.8}
    assert said["decode"] == {"median": 0.0, "p90": 0.0}


def test_every_contender_is_timed() -> None:
    assert set(contender_milliseconds([Silent()], np.zeros((4, 4, 3), np.uint8), 2)) == {"silent"}


def test_models_are_weighed() -> None:
    sizes = model_size(Settings())
    assert sizes["embedder.onnx"] == round((BUNDLED / "embedder.onnx").stat().st_size / 1e6, 3)


def test_memory_is_measured_stage_by_stage_in_a_process_of_its_own() -> None:
    peaks = memory.peaks(BUNDLED / "demo" / "demo.jpg")
    assert list(peaks) == ["import", "open", "decode", "find", "embed and match", "read and decide"]
    assert 20 < peaks["import"] <= peaks["open"] <= peaks["read and decide"] < 1000
    assert list(peaks.values()) == sorted(peaks.values())


def test_a_photo_that_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"none\.jpg: memory could not be measured"):
        memory.peaks(tmp_path / "none.jpg")
