"""An embedder of random weights, exported small, and crops to calibrate it with."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from cardlens.export.onnx import export_embedder
from cardlens.export.simplify import simplify
from cardlens.runtimes.base import ModelSpec
from cardlens.training.networks import EmbedderNetwork

SIZE = 64


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give `embedder-fp32.onnx`, its spec beside it."""
    folder = tmp_path_factory.mktemp("whole")
    torch.manual_seed(0)
    export_embedder(EmbedderNetwork(pretrained=False), folder / "traced.onnx", (SIZE, SIZE))
    file = folder / "embedder-fp32.onnx"
    simplify(folder / "traced.onnx", file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    spec = ModelSpec("embedder-fp32", "embed", SIZE, SIZE, (127.5,) * 3, (127.5,) * 3, 32, digest)
    spec.save(file.with_suffix(".json"))
    return file


@pytest.fixture(scope="session")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 1,024 different raw pictures."""
    file = tmp_path_factory.mktemp("calibration") / "calibration.npy"
    np.save(file, np.random.default_rng(0).integers(0, 256, (1024, SIZE, SIZE, 3), dtype=np.uint8))
    return file
