from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from cardlens.export.onnx import export_aligner, export_detector, export_embedder
from cardlens.runtimes.base import Floats
from cardlens.training.depthwise import quicken
from cardlens.training.networks import AlignerNetwork, DetectorNetwork, EmbedderNetwork


def run(file: Path, batch: Floats) -> list[Floats]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    said: list[Floats] = onnxruntime.InferenceSession(str(file), options).run(None, {"batch": batch})
    return said


def random_batch(*shape: int) -> Floats:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("quick", [False, True], ids=["plain", "quickened"])
def test_an_exported_embedder_agrees_with_torch_however_many_crops(tmp_path: Path, quick: bool) -> None:
    torch.manual_seed(0)
    network = EmbedderNetwork(pretrained=False).eval()
    if quick:
        quicken(network)
    batch = random_batch(2, 3, 224, 224)
    with torch.no_grad():
        expected = [said.numpy() for said in network.both(torch.from_numpy(batch))]
    export_embedder(network, tmp_path / "embedder.onnx", (224, 224))
    for count in (1, 2):
        vectors, parts = run(tmp_path / "embedder.onnx", batch[:count])
        np.testing.assert_allclose(vectors, expected[0][:count], atol=1e-4)
        np.testing.assert_allclose(parts, expected[1][:count], atol=1e-3)


def test_an_exported_detector_agrees_with_torch_at_any_size(tmp_path: Path) -> None:
    torch.manual_seed(1)
    network = DetectorNetwork(pretrained=False).eval()
    batches = [random_batch(1, 3, high, wide) for high, wide in ((128, 128), (96, 160))]
    with torch.no_grad():
        expected = [network(torch.from_numpy(batch)) for batch in batches]
    export_detector(network, tmp_path / "detector.onnx", (128, 128))
    for batch, (heat, corners) in zip(batches, expected, strict=True):
        said = run(tmp_path / "detector.onnx", batch)
        for ours, theirs in zip(said, (torch.sigmoid(heat), corners), strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3, rtol=1e-3)


def test_an_exported_aligner_agrees_with_torch_however_many_crops(tmp_path: Path) -> None:
    torch.manual_seed(2)
    network = AlignerNetwork(pretrained=False).eval()
    batch = random_batch(3, 3, 176, 128)
    with torch.no_grad():
        expected = network(torch.from_numpy(batch))
    export_aligner(network, tmp_path / "aligner.onnx", (176, 128))
    for count in (1, 3):
        for ours, theirs in zip(run(tmp_path / "aligner.onnx", batch[:count]), expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:count].numpy(), atol=1e-3, rtol=1e-3)


def test_outputs_have_names(tmp_path: Path) -> None:
    export_detector(DetectorNetwork(pretrained=False), tmp_path / "detector.onnx", (64, 64))
    session = onnxruntime.InferenceSession(str(tmp_path / "detector.onnx"))
    assert [given.name for given in session.get_inputs()] == ["batch"]
    assert [said.name for said in session.get_outputs()] == ["heat", "corners"]
