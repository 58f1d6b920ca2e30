"""Plain graphs: constants folded, zero padding made part of the convolution that it precedes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import shape_inference


def simplify(source: Path, target: Path) -> None:
    """Write `source` as `target` with nothing in it that can be computed beforehand; it says the same."""
    with tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        shape_inference.quant_pre_process(str(source), str(folded), skip_symbolic_shape=True)
        model = onnx.load(folded)
    fold_padding(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def fold_padding(graph: onnx.GraphProto) -> None:
    """Make zero padding before a convolution part of it: between the two, activations would be quantised twice."""
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad" and node.input[1] in constants}
    for node in graph.node:
        pad = pads.get(node.input[0]) if node.op_type == "Conv" else None
        if pad is None:
            continue
        top, left, bottom, right = (int(constants[pad.input[1]][axis]) for axis in (2, 3, 6, 7))
        kept = [attribute for attribute in node.attribute if attribute.name != "pads"]
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute("pads", [top, left, bottom, right])])
        node.input[0] = pad.input[0]
    _drop_unused(graph, pads)


def _drop_unused(graph: onnx.GraphProto, pads: dict[str, onnx.NodeProto]) -> None:
    used = {name for node in graph.node for name in node.input}
    for output, pad in pads.items():
        if output not in used:
            graph.node.remove(pad)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
