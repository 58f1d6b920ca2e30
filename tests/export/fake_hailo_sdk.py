"""A `hailo_sdk_client` that keeps the order of things the Dataflow Compiler wants, and quantises nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx


class InferenceContext(Enum):
    """What is emulated."""

    SDK_NATIVE = 0
    SDK_FP_OPTIMIZED = 1
    SDK_QUANTIZED = 2


class ClientRunner:
    """Takes a network from parsing to a HEF; `made` keeps every one, `refuse` makes parsing fail."""

    made: list[ClientRunner] = []  # noqa: RUF012 - what the tests look at
    refuse: str | None = None

    def __init__(self, hw_arch: str | None = None, har: str | None = None) -> None:
        self.arch, self.har = hw_arch, har
        self.state = "new" if har is None else "quantised"
        self.calls: dict[str, Any] = {}
        ClientRunner.made.append(self)

    def translate_onnx_model(
        self,
        model: str,
        net_name: str,
        start_node_names: list[str],
        end_node_names: list[str],
        net_input_shapes: dict[str, list[int]],
    ) -> None:
        assert self.state == "new"
        if self.refuse:
            raise RuntimeError(self.refuse)
        graph = onnx.load(model).graph
        assert {output for node in graph.node if node.name in end_node_names for output in node.output} == {
            output.name for output in graph.output
        }
        assert start_node_names == list(net_input_shapes) == [graph.input[0].name]
        self.calls["operators"] = {node.op_type for node in graph.node}
        self.calls["shape"] = net_input_shapes[start_node_names[0]]
        self.state = "parsed"

    def load_model_script(self, text: str) -> None:
        assert self.state == "parsed"
        self.calls["script"] = text

    def optimize(self, pictures: npt.NDArray[Any]) -> None:
        assert self.state == "parsed"
        assert "normalization(" in self.calls["script"]
        self.calls["pictures"] = (pictures.shape, pictures.dtype, int(pictures.max()))
        self.state = "quantised"

    def compile(self) -> bytes:
        assert self.state == "quantised"
        self.state = "compiled"
        return b"\x01HEF for " + str(self.arch).encode()

    def save_har(self, path: str) -> None:
        Path(path).write_bytes(b"har")

    @contextmanager
    def infer_context(self, context: InferenceContext) -> Iterator[InferenceContext]:
        assert self.state in ("quantised", "compiled")
        yield context

    def infer(self, context: InferenceContext, frames: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        assert frames.shape[-1] == 3, "NHWC"
        said = frames.astype(np.float32).mean(axis=(1, 2))
        said = np.rint(said) if context is InferenceContext.SDK_QUANTIZED else said
        return np.asarray(said, np.float32).reshape(len(frames), 1, 1, 3)


def fake_sdk() -> ModuleType:
    """The module, nothing made yet."""
    module: Any = ModuleType("hailo_sdk_client")
    module.ClientRunner, module.InferenceContext = ClientRunner, InferenceContext
    ClientRunner.made, ClientRunner.refuse = [], None
    return module  # type: ignore[no-any-return]
