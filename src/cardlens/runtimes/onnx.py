"""onnxruntime, on the CPU."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnxruntime

from cardlens.errors import BadModel
from cardlens.runtimes.base import Floats, ModelSpec


class OnnxRuntime:
    """A model in an `.onnx` file, fp32 or INT8 (QDQ)."""

    def __init__(self, file: Path, spec: ModelSpec, threads: int = 0) -> None:
        """Load `file` and check it against its spec; raises `BadModel` where they do not belong together."""
        try:
            weights = file.read_bytes()
        except OSError as error:
            raise BadModel(
                f"{file}: cannot be read ({error.strerror}); reinstall cardlens or set CARDLENS_MODELS"
            ) from error
        if hashlib.sha256(weights).hexdigest() != spec.digest:
            raise BadModel(f"{file}: damaged or not the file its spec describes; reinstall cardlens or export it again")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Processors without VNNI add pairs of U8 x S8 products in 16 bits, which overflow: cosines fell to 0.98. Slower
        # instructions do not (kOrtSessionOptionsAvx2PrecisionMode); with VNNI this changes nothing.
        options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own exceptions share no public base class
            raise BadModel(f"{file}: onnxruntime cannot load it ({error}); export the model again") from error
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32 -> the model's outputs."""
        outputs: list[Floats] = self._session.run(None, {self._input: batch})
        return outputs
