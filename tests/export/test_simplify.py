from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from cardlens.export.onnx import export_embedder
from cardlens.export.simplify import simplify
from cardlens.training.networks import EmbedderNetwork


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("simplify")
    torch.manual_seed(1)
    export_embedder(EmbedderNetwork(pretrained=False), folder / "traced.onnx", (64, 64))
    simplify(folder / "traced.onnx", folder / "plain.onnx")
    return folder / "traced.onnx", folder / "plain.onnx"


def test_says_the_same_at_any_batch_size(files: tuple[Path, Path]) -> None:
    for count in (1, 3):
        batch = np.random.default_rng(count).normal(size=(count, 3, 64, 64)).astype(np.float32)
        said = [onnxruntime.InferenceSession(str(file)).run(None, {"batch": batch})[0] for file in files]
        assert said[0].shape == (count, 768)
        np.testing.assert_allclose(said[0], said[1], atol=1e-5)


def test_nothing_is_left_that_can_be_computed_beforehand(files: tuple[Path, Path]) -> None:
    before, after = ({node.op_type for node in onnx.load(file).graph.node} for file in files)
    assert {"Pad", "ConstantOfShape", "Slice", "Transpose"} <= before
    assert not {"Pad", "ConstantOfShape", "Slice", "Transpose", "Constant"} & after
