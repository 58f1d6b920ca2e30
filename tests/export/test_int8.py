from __future__ import annotations

import logging
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from cardlens.errors import CardlensError
from cardlens.export.int8 import quantise
from cardlens.runtimes.base import Floats
from cardlens.runtimes.onnx import sums_overflow


class Tiny(nn.Module):
    """A convolution to quantise, one to keep, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(3, 16, 3, padding=1)
        self.body = nn.Conv2d(16, 16, 3, padding=1)
        self.exact = nn.Conv2d(16, 4, 1)

    def forward(self, batch: Tensor) -> Tensor:
        x = torch.relu(self.wide(batch))
        said: Tensor = self.exact(torch.relu(self.body(x)) + x)
        return said


def batches(count: int) -> list[Floats]:
    random = np.random.default_rng(0)
    return [random.normal(size=(1, 3, 16, 16)).astype(np.float32) for _ in range(count)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    file = tmp_path / "whole.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor
        blank = torch.zeros(1, 3, 16, 16)
        torch.onnx.export(Tiny().eval(), (blank,), str(file), input_names=["batch"], opset_version=17, dynamo=False)
    return file


def run(file: Path, batch: Floats) -> Floats:
    options = onnxruntime.SessionOptions()
    if sums_overflow():  # as runtimes/onnx.py runs it
        options.add_session_config_entry("session.x64quantprecision", "1")
    said: Floats = onnxruntime.InferenceSession(str(file), options).run(None, {"batch": batch})[0]
    return said


def test_a_quantised_model_says_nearly_the_same(source: Path, tmp_path: Path) -> None:
    quantise(source, tmp_path / "small.onnx", batches(4))
    batch = batches(1)[0]
    whole, small = run(source, batch), run(tmp_path / "small.onnx", batch)
    assert small.shape == whole.shape
    assert float(np.abs(small - whole).mean()) < 0.05 * float(np.abs(whole).mean())
    assert (small != whole).any()


def quantised_weights(file: Path) -> int:
    return sum(tensor.data_type == onnx.TensorProto.INT8 for tensor in onnx.load(file).graph.initializer)


def test_what_is_to_be_kept_stays_fp32(source: Path, tmp_path: Path) -> None:
    quantise(source, tmp_path / "all.onnx", batches(2))
    quantise(source, tmp_path / "most.onnx", batches(2), keep=("/exact/",))
    assert quantised_weights(tmp_path / "all.onnx") > quantised_weights(tmp_path / "most.onnx") > 0


def test_a_part_to_be_kept_that_is_not_there_is_named(source: Path, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="/stem/"):
        quantise(source, tmp_path / "small.onnx", batches(1), keep=("/stem/",))


def test_activations_are_unsigned_and_weights_signed(source: Path, tmp_path: Path) -> None:
    quantise(source, tmp_path / "small.onnx", batches(2))
    graph = onnx.load(tmp_path / "small.onnx").graph
    kinds = {tensor.name: tensor.data_type for tensor in graph.initializer}
    zero_points = [kinds[node.input[2]] for node in graph.node if node.op_type == "QuantizeLinear"]
    assert zero_points
    assert set(zero_points) == {onnx.TensorProto.UINT8}


def test_the_log_of_the_program_is_left_as_it_was(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)
    quantise(source, tmp_path / "small.onnx", batches(1))
    assert logging.getLogger().level == logging.WARNING
