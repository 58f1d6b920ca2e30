from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from cardlens.errors import CardlensError
from cardlens.export.int8 import quantise
from cardlens.export.parity import open_onnx
from cardlens.export.publication import save_spec
from cardlens.export.release import export_unrounded
from cardlens.export.unrounded import is_quantised, is_unrounded, unround
from cardlens.runtimes.base import Floats, ModelSpec, prepare
from tests.training.drawn_scans import drawn_scan

FACES = [drawn_scan(seed)[:64, :64] for seed in range(6)]


@pytest.fixture
def small(whole: Path, tmp_path: Path) -> Path:
    """The embedder in INT8, its spec beside it."""
    file = tmp_path / "embedder.onnx"
    spec = ModelSpec.load(whole.with_suffix(".json"))
    batches: list[Floats] = [prepare([face], spec) for face in FACES]
    quantise(whole, file, batches)
    save_spec(file, spec)
    return file


def test_rounded_weights_without_rounded_activations_say_nearly_what_the_trained_ones_say(
    whole: Path, small: Path, tmp_path: Path
) -> None:
    file = export_unrounded(small, "embedder", tmp_path / "out")
    assert sorted(each.name for each in file.parent.iterdir()) == ["embedder-fp32.json", "embedder-fp32.onnx"]
    trained, rounded = open_onnx(whole).embed(FACES), open_onnx(file).embed(FACES)
    assert float((trained * rounded).sum(axis=1).min()) > 0.98
    assert float(np.abs(trained - rounded).max()) > 0


def test_it_is_a_plain_network_again(whole: Path, small: Path, tmp_path: Path) -> None:
    unround(small, tmp_path / "plain.onnx")
    plain = onnx.load(tmp_path / "plain.onnx").graph
    kinds = {node.op_type for node in plain.node}
    assert kinds == {node.op_type for node in onnx.load(whole).graph.node}
    assert {tensor.data_type for tensor in plain.initializer} <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    assert is_quantised(small)
    assert not is_quantised(tmp_path / "plain.onnx")


def test_it_says_of_itself_that_its_weights_are_rounded(whole: Path, small: Path, tmp_path: Path) -> None:
    unround(small, tmp_path / "plain.onnx")
    assert is_unrounded(tmp_path / "plain.onnx")
    assert not is_unrounded(whole)


def test_what_is_not_quantised_is_refused(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="nothing in it is quantised"):
        unround(whole, tmp_path / "plain.onnx")
    with pytest.raises(CardlensError, match=r"none\.onnx: no \.onnx file here"):
        export_unrounded(tmp_path / "none.onnx", "embedder", tmp_path / "out")
    assert not (tmp_path / "plain.onnx").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [("teacher", "teacher: no model of cardlens"), ("detector", "a model to embed; give one to detect")],
)
def test_it_is_the_model_that_it_is_said_to_be(small: Path, tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(CardlensError, match=said):
        export_unrounded(small, name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
