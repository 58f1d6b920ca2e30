"""What INT8 costs and gives, against the same weights in fp32."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from cardlens.export.parity import Trials, compare, open_onnx
from cardlens.recognition.embedder import Embedder
from cardlens.training.speed import median_milliseconds

_MEGA, _REPEATS = 1e6, 40


def against_fp32(file: Path, small: Embedder, trials: Trials) -> dict[str, Any]:
    """R@1 of both on the same photos, each with the database it embeds itself; speed, size and parameters."""
    whole = open_onnx(file)
    parity = compare({"fp32": whole, "int8": small}, trials)
    one = list(trials.photos[:1])
    spent = [median_milliseconds(partial(form.embed, one), _REPEATS) for form in (whole, small)]
    return {
        **parity.as_json(),
        "lost": round(parity.lost("fp32", "int8"), 5),
        "parameters": _parameters(file),
        "megabytes": round(file.stat().st_size / _MEGA, 2),
        "timing": {
            "fp32_milliseconds": round(spent[0], 2),
            "int8_milliseconds": round(spent[1], 2),
            "faster": round(spent[0] / spent[1], 2),
        },
    }


def _parameters(file: Path) -> int:
    """Numbers in the weights of an `.onnx` file."""
    tensors = onnx.load(file).graph.initializer
    return int(sum(np.prod(tensor.dims) for tensor in tensors if len(tensor.dims)))
