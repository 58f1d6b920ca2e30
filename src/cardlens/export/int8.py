"""ONNX fp32 -> INT8 (QDQ, activations U8, weights S8), calibrated on what the camera sees."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnxruntime import quantization
from onnxruntime.quantization import shape_inference

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Floats

# with Clip, ReLU6 becomes the range of what is before it, and costs nothing
_QUANTISED = ["Conv", "Clip", "Add", "GlobalAveragePool", "Resize", "Gemm"]


class _Calibration(quantization.CalibrationDataReader):  # type: ignore[misc]
    """Hands prepared batches to the quantiser."""

    def __init__(self, batches: Iterable[Floats]) -> None:
        self._batches: Iterator[Floats] = iter(batches)

    def get_next(self) -> dict[str, Floats] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"batch": batch}


@contextmanager
def _quietly() -> Iterator[None]:
    """The quantiser warns on the root logger of what is done here."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(level)


def quantise(source: Path, target: Path, batches: Iterable[Floats], keep: Sequence[str] = ()) -> None:
    """Write `target`: `source` with INT8 weights and activations.

    Args:
        source: fp32 `.onnx` file.
        target: INT8 `.onnx` file to write.
        batches: calibration inputs, (n, 3, h, w) float32 as `prepare` makes them, of simulated photos.
        keep: parts of node names that stay fp32: outputs in pixels need more than 256 steps.
    """
    with _quietly(), tempfile.TemporaryDirectory() as folder:
        folded = Path(folder) / "folded.onnx"
        shape_inference.quant_pre_process(str(source), str(folded), skip_symbolic_shape=True)
        model = onnx.load(folded)
        _fold_padding(model.graph)
        onnx.save(model, folded)
        names = [node.name for node in model.graph.node]
        for part in keep:
            if not any(part in name for name in names):
                raise CardlensError(f"{source}: no node is named like {part!r}, which is to stay fp32")
        quantization.quantize_static(
            str(folded),
            str(target),
            _Calibration(batches),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=_QUANTISED,
            nodes_to_exclude=[name for name in names if any(part in name for part in keep)],
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": True},
        )


def _fold_padding(graph: onnx.GraphProto) -> None:
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
    used = {name for node in graph.node for name in node.input}
    for output, pad in pads.items():
        if output not in used:
            graph.node.remove(pad)
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
