from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest

from cardlens.export.parity import open_onnx
from cardlens.export.weight import Weight, Weights
from cardlens.recognition.embedder import Description
from cardlens.runtimes.base import Bytes

CROP = np.zeros((64, 64, 3), np.uint8)


def weights(small: Weight, whole: Weight | None = None) -> Weights:
    return Weights({"fp32": whole or Weight(17.4, 4_354_000, 6.0), "INT8": small})


def test_a_file_is_weighed_and_its_numbers_are_counted(whole: Path) -> None:
    weighed = Weights.of({"fp32": whole}, {"fp32": open_onnx(whole, threads=1)}, CROP, turns=1).forms["fp32"]
    counted = sum(onnx.numpy_helper.to_array(tensor).size for tensor in onnx.load(whole).graph.initializer)
    assert weighed.parameters == pytest.approx(counted, abs=8)  # numbers without a shape are no weights
    assert weighed.megabytes == pytest.approx(whole.stat().st_size / 1e6, abs=0.001)
    assert weighed.milliseconds > 0


def test_what_is_no_onnx_file_is_not_counted(trained: Path) -> None:
    class Still:
        def describe(self, crops: Sequence[Bytes]) -> Description:
            return Description(np.zeros((len(crops), 3), np.float32))

    weighed = Weights.of({"torch": trained / "embedder.pt"}, {"torch": Still()}, CROP, turns=1)
    assert weighed.forms["torch"].parameters is None
    assert weighed.cells("torch")[1] == "-"


def test_what_a_release_keeps_to_is_met_in_silence() -> None:
    assert list(weights(Weight(4.8, 4_400_000, 3.0)).verdicts("fp32", "INT8")) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (weights(Weight(7.1, 1, 3.0)), "INT8: 7.1 MB, more than 7"),
        (weights(Weight(4.8, 1, 3.0), Weight(23.5, 1, 6.0)), "fp32: 23.5 MB, more than 23"),
        (weights(Weight(4.8, 1, 3.0), Weight(17.4, 6_200_000, 6.0)), "fp32: 6,200,000 parameters, more than 6,100,000"),
    ],
)
def test_what_is_too_heavy_is_said(found: Weights, said: str) -> None:
    [line] = found.verdicts("fp32", "INT8")
    assert line.startswith(said)


def test_a_form_that_is_not_there_is_compared_with_nothing() -> None:
    alone = Weights({"fp32": Weight(17.4, 4_354_000, 6.0)})
    assert list(alone.verdicts("fp32", "INT8")) == []
