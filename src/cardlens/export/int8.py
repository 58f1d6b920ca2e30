"""ONNX fp32 -> INT8 (QDQ, activations U8, weights S8), calibrated on what the camera sees."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnxruntime import quantization

from cardlens.errors import CardlensError
from cardlens.export.simplify import simplify
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
        simplify(source, folded)
        names = [node.name for node in onnx.load(folded).graph.node]
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
