from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.benchmark.whole_precision import Twin, against_fp32, check_twins, open_twin
from cardlens.errors import CardlensError
from cardlens.export.parity import Trials, open_onnx
from cardlens.export.release import export_unrounded
from cardlens.recognition.embedder import Description
from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED

FACES = [np.full((4, 4, 3), colour, np.uint8) for colour in ((200, 10, 10), (10, 200, 10), (10, 10, 200))]
SMALL = BUNDLED / "embedder.onnx"


class Colours:
    """Embeds by mean colour, its channels in another order."""

    def __init__(self, *order: int) -> None:
        self.order = list(order)

    def describe(self, crops: Sequence[Bytes]) -> Description:
        means = np.stack([crop.reshape(-1, 3).mean(axis=0) for crop in crops])[:, self.order].astype(np.float32)
        return Description(means / np.linalg.norm(means, axis=1, keepdims=True))


def test_says_what_int8_loses_and_what_the_whole_model_weighs() -> None:
    file = SMALL
    faces = [np.random.default_rng(seed).integers(0, 256, (224, 224, 3), dtype=np.uint8) for seed in range(3)]
    with open_twin(None, file) as twin:
        assert twin is not None
        found = against_fp32(twin, file, open_onnx(file), Trials(faces, [0, 1, 2], faces, [0, 1, 2]))
    assert found["r1"] == {"fp32": 1.0, "int8": 1.0}
    assert (found["lost"], found["parameters"], found["photos"]) == (0.0, 4_335_616, 3)
    assert found["megabytes"] == pytest.approx(17.4, abs=0.1)
    assert found["timing"]["faster"] > 0
    assert found["weights"] == "as rounded"


def test_the_file_of_another_model_is_refused() -> None:
    ones: Any = (Colours(0, 1, 2), Colours(1, 2, 0))
    with pytest.raises(CardlensError, match=r"whole\.onnx: another model than the INT8 embedder"):
        check_twins(Twin(Path("whole.onnx"), ones[0], rounded=False), ones[1], FACES)


def test_the_int8_file_is_not_its_own_twin() -> None:
    """Else the registry's gate would be told that INT8 loses nothing."""
    with (
        pytest.raises(CardlensError, match=r"embedder\.onnx: INT8 already"),
        open_twin(SMALL, SMALL),
    ):
        pass


def test_two_forms_of_one_model_are_twins() -> None:
    with open_twin(None, SMALL) as twin:
        assert twin is not None
        faces = [np.random.default_rng(seed).integers(0, 256, (224, 224, 3), dtype=np.uint8) for seed in range(3)]
        check_twins(twin, open_onnx(SMALL), faces)


def test_a_file_that_is_not_there_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    with (
        pytest.raises(CardlensError, match=r"none\.onnx: no such file"),
        open_twin(tmp_path / "none.onnx", tmp_path / "small.onnx"),
    ):
        pass


def test_without_the_trained_weights_the_rounded_ones_are_compared() -> None:
    with open_twin(None, BUNDLED / "embedder.onnx") as twin:
        assert twin is not None
        assert twin.rounded
        small = open_onnx(BUNDLED / "embedder.onnx")
        faces = [np.random.default_rng(seed).integers(0, 256, (224, 224, 3), dtype=np.uint8) for seed in range(3)]
        cosines = (twin.embedder.embed(faces) * small.embed(faces)).sum(axis=1)
    assert cosines.min() > 0.99
    assert cosines.max() < 1 - 1e-7


def test_rounded_weights_do_not_pass_for_trained_ones(tmp_path: Path) -> None:
    file = export_unrounded(BUNDLED / "embedder.onnx", "embedder", tmp_path)
    with open_twin(file, BUNDLED / "embedder.onnx") as twin:
        assert twin is not None
        assert twin.rounded


def test_a_model_that_is_not_quantised_has_no_twin(tmp_path: Path) -> None:
    with open_twin(None, tmp_path / "embedder.onnx") as twin:
        assert twin is None
