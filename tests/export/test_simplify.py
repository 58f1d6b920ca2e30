from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime


def test_says_the_same_at_any_batch_size(trained: Path, whole: Path) -> None:
    sessions = [onnxruntime.InferenceSession(str(file)) for file in (trained / "traced.onnx", whole)]
    for count in (1, 3):
        batch = np.random.default_rng(count).normal(size=(count, 3, 64, 64)).astype(np.float32)
        one, other = (session.run(None, {"batch": batch})[0] for session in sessions)
        assert one.shape == (count, 768)
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_nothing_is_left_that_can_be_computed_beforehand(trained: Path, whole: Path) -> None:
    folded = {"Pad", "ConstantOfShape", "Slice", "Transpose"}
    before, after = ({node.op_type for node in onnx.load(f).graph.node} for f in (trained / "traced.onnx", whole))
    assert folded <= before
    assert not {*folded, "Constant"} & after
