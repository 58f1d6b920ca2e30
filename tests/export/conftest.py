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
from cardlens.training.checkpoint import save_checkpoint
from cardlens.training.networks import EmbedderNetwork

SIZE = 64


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run's folder: `embedder.pt`, and `traced.onnx` as the exporter leaves it."""
    folder = tmp_path_factory.mktemp("trained")
    torch.manual_seed(0)
    network = EmbedderNetwork(pretrained=False)
    save_checkpoint(folder / "embedder.pt", {"network": network.state_dict(), "settings": {}, "step": 1})
    export_embedder(network, folder / "traced.onnx", (SIZE, SIZE))
    return folder


@pytest.fixture(scope="session")
def whole(trained: Path) -> Path:
    """Give `embedder-fp32.onnx`, its spec beside it."""
    file = trained / "embedder-fp32.onnx"
    simplify(trained / "traced.onnx", file)
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
