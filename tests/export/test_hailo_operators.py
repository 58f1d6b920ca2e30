from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from cardlens.errors import CardlensError
from cardlens.export.hailo_operators import (
    HAILO_OPERATORS,
    INT8_OPERATORS,
    TAIL_OPERATORS,
    foreign_operators,
    write_body,
)
from cardlens.settings import BUNDLED


def test_the_body_says_what_the_embedder_says_before_it_is_brought_to_unit_length(whole: Path, tmp_path: Path) -> None:
    body = tmp_path / "body.onnx"
    ends = write_body(whole, body)
    batch = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
    said, maps = onnxruntime.InferenceSession(str(body)).run(None, {"batch": batch})
    unit, local = onnxruntime.InferenceSession(str(whole)).run(None, {"batch": batch})
    np.testing.assert_allclose(said / np.linalg.norm(said, axis=1, keepdims=True), unit, atol=1e-4)
    np.testing.assert_allclose(maps, local, atol=1e-4)
    nodes = {node.name: node.op_type for node in onnx.load(body).graph.node}
    assert [nodes[end] for end in ends] == ["Gemm", "Conv"]


def test_the_body_has_only_operators_that_a_hailo_takes(whole: Path, tmp_path: Path) -> None:
    write_body(whole, tmp_path / "body.onnx")
    nodes = onnx.load(tmp_path / "body.onnx").graph.node
    assert {node.op_type for node in nodes} <= HAILO_OPERATORS
    assert {"Conv", "Gemm"} <= {node.op_type for node in nodes}


@pytest.mark.parametrize("name", ["embedder"])
def test_the_bundled_int8_model_has_only_operators_that_int8_runtimes_take(name: str) -> None:
    nodes = onnx.load(BUNDLED / f"{name}.onnx").graph.node
    assert foreign_operators(nodes, INT8_OPERATORS | TAIL_OPERATORS) == {}


def test_foreign_operators_are_named_with_their_nodes() -> None:
    nodes = [helper.make_node("Erf", ["x"], ["y"], name="gelu"), helper.make_node("Conv", ["y"], ["z"], name="conv")]
    assert foreign_operators(nodes, HAILO_OPERATORS) == {"Erf": ["gelu"]}


def save(file: Path, nodes: list[onnx.NodeProto]) -> Path:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4]) for name in ("batch", "said")]
    weights = [
        helper.make_tensor("w", TensorProto.FLOAT, [4, 4], np.eye(4).reshape(-1)),
        helper.make_tensor("b", TensorProto.FLOAT, [4], np.zeros(4)),
    ]
    graph = helper.make_graph(nodes, "g", [ends[0]], [ends[1]], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)
    return file


def test_a_network_with_a_foreign_operator_is_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Erf", ["batch"], ["x"], name="gelu"),
        helper.make_node("Gemm", ["x", "w", "b"], ["said"], name="head"),
    ]
    with pytest.raises(CardlensError, match="does not take Erf at gelu"):
        write_body(save(tmp_path / "model.onnx", nodes), tmp_path / "body.onnx")


def test_what_is_no_embedder_is_refused(tmp_path: Path) -> None:
    file = save(tmp_path / "model.onnx", [helper.make_node("Relu", ["batch"], ["said"], name="relu")])
    with pytest.raises(CardlensError, match="no embedder of cardlens"):
        write_body(file, tmp_path / "body.onnx")
