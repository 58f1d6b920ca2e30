"""onnxruntime, on the CPU."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path

import onnxruntime

from cardlens.errors import BadModel
from cardlens.runtimes.base import Floats, ModelSpec

_CPU_INFO = Path("/proc/cpuinfo")
_X86, _VNNI = {"x86_64", "amd64"}, {"avx512_vnni", "avx_vnni"}


@cache
def sums_overflow(machine: str | None = None, cpu_info: Path = _CPU_INFO) -> bool:
    """Whether INT8 sums may overflow on this processor, or on `machine`, whose flags `cpu_info` lists.

    x86 without VNNI adds pairs of U8 x S8 products in 16 bits: cosines fell to 0.98. Where no flags are told (other
    systems than Linux), they may. With VNNI the way around takes 2.6 times as long and says the same.
    """
    if (machine or platform.machine()).lower() not in _X86:
        return False
    try:
        return not _VNNI & set(cpu_info.read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return True


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
        # threads of a session that has its answer would go on spinning, and take the cores from the next model
        options.add_session_config_entry("session.force_spinning_stop", "1")
        if sums_overflow():  # slower instructions that do not: kOrtSessionOptionsAvx2PrecisionMode
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
