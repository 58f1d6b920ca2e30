"""Which ONNX operators a Hailo-8 takes, and the part of an embedder that runs on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import onnx

from cardlens.errors import CardlensError
from cardlens.export.simplify import simplify

# Operators that the Dataflow Compiler 3.x parses for Hailo-8 and 8L and INT8 runtimes quantise: what is used here.
HAILO_OPERATORS = frozenset(("Add", "Clip", "Concat", "Conv", "Flatten", "Gemm", "GlobalAveragePool", "Relu", "Resize"))
# What an INT8 (QDQ) file has besides, and the normalisation behind the head that stays on the CPU.
INT8_OPERATORS = HAILO_OPERATORS | {"QuantizeLinear", "DequantizeLinear"}
TAIL_OPERATORS = frozenset(("Cast", "Clip", "Constant", "Div", "Expand", "ReduceL2", "Shape"))
_INPUT, _HEAD, _LOCAL = "batch", "Gemm", "local"


def foreign_operators(nodes: Iterable[onnx.NodeProto], allowed: frozenset[str]) -> dict[str, list[str]]:
    """Operators that are not `allowed`, and the nodes that use them."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        if node.op_type not in allowed:
            found.setdefault(node.op_type, []).append(node.name)
    return found


def write_body(source: Path, target: Path) -> list[str]:
    """Write the part of an embedder from its input to its heads, simplified; returns the names of its last nodes.

    The first is that of the embedding, the second, where there is one, that of the local descriptors.

    The normalisation behind the head is done on the CPU (`Embedder.embed`), whatever runs the rest. Raises
    `CardlensError` where the file has no such head, or an operator in it that a Hailo-8 does not take.
    """
    simplify(source, target)
    model = onnx.load(target)
    heads = [node for node in model.graph.node if node.op_type == _HEAD]
    if not heads or model.graph.input[0].name != _INPUT:
        raise CardlensError(f"{source}: no embedder of cardlens; export it with `cardlens export onnx`")
    ends = [heads[-1], *_before_cast(model.graph, _LOCAL)]
    onnx.utils.extract_model(str(target), str(target), [_INPUT], [end.output[0] for end in ends])
    foreign = foreign_operators(onnx.load(target).graph.node, HAILO_OPERATORS)
    if foreign:
        said = "; ".join(f"{operator} at {', '.join(names[:3])}" for operator, names in sorted(foreign.items()))
        raise CardlensError(f"{source}: a Hailo-8 does not take {said}; change the network and export it again")
    return [str(end.name) for end in ends]


def _before_cast(graph: onnx.GraphProto, output: str) -> list[onnx.NodeProto]:
    """The node that computes an output of the graph; none where there is no such output."""
    makers = {name: node for node in graph.node for name in node.output}
    node = makers.get(output)
    while node is not None and node.op_type == "Cast":
        node = makers.get(node.input[0])
    return [] if node is None else [node]
