"""What is to run the embedder, where a user insists."""

from __future__ import annotations

from pathlib import Path

from cardlens.errors import BadModel
from cardlens.runtimes.base import ModelSpec

_ADVICE = {
    "hailo": "compile it for the device, put embedder.hef and its spec in its place "
    "(docs/how-to/compile-for-hailo.md), and name that folder with CARDLENS_MODELS",
    "onnx": "leave CARDLENS_MODELS out: the one that comes with cardlens runs on any computer",
}


def check_runtime(models: Path, wanted: str) -> None:
    """Insist on `onnx` or `hailo`; raises `BadModel`, with what to do, where the embedder is made for another."""
    spec = ModelSpec.load(models / "embedder.json")
    if not spec.runtime.startswith(wanted):
        raise BadModel(f"{models}: the embedder there runs on {spec.runtime}, not {wanted}; {_ADVICE[wanted]}")
