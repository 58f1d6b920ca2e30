from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from cardlens.errors import BadModel
from cardlens.runtimes.base import ModelSpec
from cardlens.runtimes.onnx import OnnxRuntime, sums_overflow


def doubling_model(file: Path) -> bytes:
    """Write a model that says twice its input, and its input."""
    sides: list[str | int | None] = ["n", 3, "h", "w"]
    graph = helper.make_graph(
        [helper.make_node("Add", ["batch", "batch"], ["twice"]), helper.make_node("Identity", ["batch"], ["once"])],
        "doubling",
        [helper.make_tensor_value_info("batch", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name in ("twice", "once")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    file.write_bytes(content)
    return content


def spec_of(content: bytes) -> ModelSpec:
    digest = hashlib.sha256(content).hexdigest()
    return ModelSpec("doubling", "embed", 4, 4, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 1, digest)


def test_a_model_says_all_its_outputs(tmp_path: Path) -> None:
    runtime = OnnxRuntime(tmp_path / "model.onnx", spec_of(doubling_model(tmp_path / "model.onnx")), threads=1)
    batch = np.random.default_rng(0).normal(size=(2, 3, 5, 7)).astype(np.float32)
    twice, once = runtime.run(batch)
    np.testing.assert_array_equal(twice, batch * 2)
    np.testing.assert_array_equal(once, batch)


def test_a_missing_file_is_said_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"model\.onnx: cannot be read"):
        OnnxRuntime(tmp_path / "model.onnx", spec_of(b""))


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="cannot be read"):
        OnnxRuntime(tmp_path, spec_of(b""))


def test_another_file_than_the_spec_describes_is_refused(tmp_path: Path) -> None:
    doubling_model(tmp_path / "model.onnx")
    with pytest.raises(BadModel, match="not the file its spec describes") as refused:
        OnnxRuntime(tmp_path / "model.onnx", spec_of(b"another"))
    assert "\n" not in str(refused.value)


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    content = doubling_model(tmp_path / "model.onnx")
    damaged = bytearray(content)
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "model.onnx").write_bytes(damaged)
    with pytest.raises(BadModel, match="damaged"):
        OnnxRuntime(tmp_path / "model.onnx", spec_of(content))


@pytest.mark.parametrize("content", [b"", b"garbage\nin two lines", bytes(range(256)) * 8])
def test_garbage_with_the_right_digest_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(BadModel, match="onnxruntime cannot load it") as refused:
        OnnxRuntime(tmp_path / "model.onnx", spec_of(content))
    assert "\n" not in str(refused.value)


def test_a_cut_off_model_is_refused_in_one_line(tmp_path: Path) -> None:
    content = doubling_model(tmp_path / "model.onnx")[:-20]
    (tmp_path / "model.onnx").write_bytes(content)
    with pytest.raises(BadModel, match=r"model\.onnx") as refused:
        OnnxRuntime(tmp_path / "model.onnx", spec_of(content))
    assert "\n" not in str(refused.value)


def summing_model(file: Path) -> bytes:
    """Write an INT8 model (QDQ, U8S8) of eight outputs, each the sum of a (3, 4, 4) input in 0..1."""
    values = {
        "step_in": np.float32(1 / 255),
        "none_in": np.uint8(0),
        "step": np.float32(1 / 127),
        "none": np.int8(0),
        "ones": np.full((8, 3, 4, 4), 127, np.int8),
        "step_out": np.float32(48 / 255),
    }
    nodes = [
        helper.make_node("QuantizeLinear", ["batch", "step_in", "none_in"], ["small"]),
        helper.make_node("DequantizeLinear", ["small", "step_in", "none_in"], ["rounded"]),
        helper.make_node("DequantizeLinear", ["ones", "step", "none"], ["weights"]),
        helper.make_node("Conv", ["rounded", "weights"], ["summed"]),
        helper.make_node("QuantizeLinear", ["summed", "step_out", "none_in"], ["small_sum"]),
        helper.make_node("DequantizeLinear", ["small_sum", "step_out", "none_in"], ["sum"]),
    ]
    graph = helper.make_graph(
        nodes,
        "summing",
        [helper.make_tensor_value_info("batch", TensorProto.FLOAT, ["n", 3, 4, 4])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["n", 8, 1, 1])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content: bytes = model.SerializeToString()
    file.write_bytes(content)
    return content


def test_sums_of_an_int8_model_do_not_overflow_on_any_processor(tmp_path: Path) -> None:
    runtime = OnnxRuntime(tmp_path / "model.onnx", spec_of(summing_model(tmp_path / "model.onnx")), threads=1)
    (said,) = runtime.run(np.ones((1, 3, 4, 4), np.float32))
    np.testing.assert_allclose(said, np.full((1, 8, 1, 1), 48), rtol=0.01)


@pytest.mark.parametrize(
    ("machine", "flags", "overflow"),
    [
        ("x86_64", "fpu sse2 avx avx2 fma", True),
        ("x86_64", "fpu avx2 avx512f avx512_vnni amx_int8", False),
        ("AMD64", "avx2 avx_vnni", False),
        ("aarch64", "fp asimd asimddp", False),
    ],
)
def test_sums_may_overflow_on_x86_without_vnni_alone(tmp_path: Path, machine: str, flags: str, overflow: bool) -> None:
    (tmp_path / "cpuinfo").write_text(f"model name\t: Some\nflags\t\t: {flags}\n")
    assert sums_overflow(machine, tmp_path / "cpuinfo") == overflow


def test_where_no_flags_are_told_sums_may_overflow(tmp_path: Path) -> None:
    assert sums_overflow("x86_64", tmp_path / "none")


def test_a_session_that_has_its_answer_leaves_the_cores_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its threads would go on spinning: two models that took turns took half as long again, or twice as long."""
    opened = []
    session = onnxruntime.InferenceSession

    def opens(content: bytes, options: onnxruntime.SessionOptions, **rest: object) -> onnxruntime.InferenceSession:
        opened.append(options.get_session_config_entry("session.force_spinning_stop"))
        return session(content, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", opens)
    OnnxRuntime(tmp_path / "model.onnx", spec_of(doubling_model(tmp_path / "model.onnx")))
    assert opened == ["1"]
