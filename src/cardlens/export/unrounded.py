"""INT8 ONNX -> fp32: the network that an INT8 file computes, with whatever was rounded left as it comes.

What a release is made from is not always at hand: the INT8 file alone is what ships. Its weights stay as they were
rounded; activations are no longer rounded, only kept to 0..6 where that is what made them ReLU6. So it says what
rounding activations costs, and is what a compiler for another device can start from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from cardlens.errors import CardlensError
from cardlens.export.source import read_graph

_RELU6, _WITHIN = 6.0, 1.01
# what a file says of itself that was made here
_KEY, _ROUNDED = "cardlens.weights", "as rounded"

Constants = Mapping[str, npt.NDArray[Any]]


def is_quantised(file: Path) -> bool:
    """Whether an ONNX file rounds anything."""
    return any(node.op_type == "QuantizeLinear" for node in read_graph(file).graph.node)


def check_whole(file: Path) -> None:
    """Raise `CardlensError` where a file that is to be fp32 is INT8."""
    if is_quantised(file):
        raise CardlensError(f"{file}: INT8 already; give the fp32 file")


def is_unrounded(file: Path) -> bool:
    """Whether an fp32 file was made of an INT8 one: its weights are not those that were trained."""
    return any((entry.key, entry.value) == (_KEY, _ROUNDED) for entry in read_graph(file).metadata_props)


def unround(source: Path, target: Path) -> None:
    """Write `target`: the QDQ model `source` in fp32; raises `CardlensError` where nothing in it is quantised."""
    model = read_graph(source)
    graph = model.graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    rounded = {node.output[0]: node for node in graph.node if node.op_type == "QuantizeLinear"}
    if not rounded:
        raise CardlensError(f"{source}: nothing in it is quantised; it is fp32 as it is")
    same: dict[str, str] = {}
    nodes = list(_nodes(graph, constants, rounded, same))
    for node in nodes:
        node.input[:] = [_origin(name, same) for name in node.input]
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    del graph.value_info[:]
    onnx.helper.set_model_props(model, {_KEY: _ROUNDED})
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _nodes(
    graph: onnx.GraphProto, constants: Constants, rounded: Mapping[str, onnx.NodeProto], same: dict[str, str]
) -> Iterator[onnx.NodeProto]:
    """The nodes in fp32; weights become initializers of `graph`, what is no longer rounded is put into `same`."""
    for node in graph.node:
        if node.op_type == "QuantizeLinear":
            continue
        if node.op_type != "DequantizeLinear":
            yield node
        elif node.input[0] in constants:
            graph.initializer.append(numpy_helper.from_array(_weights(node, constants), node.output[0]))
        else:
            before = rounded[node.input[0]]
            scale, zero = (constants[name] for name in before.input[1:3])
            if not zero.any() and 255 * float(scale) <= _RELU6 * _WITHIN:
                yield _relu6(graph, before.input[0], node.output[0])
            else:
                same[node.output[0]] = before.input[0]


def _weights(node: onnx.NodeProto, constants: Constants) -> npt.NDArray[np.float32]:
    """Rounded weights as numbers; of several scales one belongs to each index along an axis."""
    values, scale, zero = (constants[name] for name in node.input)
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
    shape = [-1 if place == axis else 1 for place in range(values.ndim)] if scale.ndim and scale.size > 1 else []
    wide = values.astype(np.float32) - zero.astype(np.float32).reshape(shape or zero.shape)
    return np.asarray(wide * scale.reshape(shape or scale.shape), np.float32)


def _relu6(graph: onnx.GraphProto, source: str, target: str) -> onnx.NodeProto:
    ends = [f"{target}_{end}" for end in ("least", "most")]
    for name, value in zip(ends, (0.0, _RELU6), strict=True):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), name))
    return onnx.helper.make_node("Clip", [source, *ends], [target], name=f"{target}_relu6")


def _origin(name: str, same: Mapping[str, str]) -> str:
    while name in same:
        name = same[name]
    return name
