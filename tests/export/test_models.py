from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from cardlens.errors import CardlensError
from cardlens.export import models
from cardlens.export.models import export_run
from cardlens.recognition.detector import Detector
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import ModelSpec
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.training.checkpoint import save_checkpoint
from cardlens.training.networks import DetectorNetwork, EmbedderNetwork
from tests.training.drawn_scans import drawn_grounds, drawn_scan, drawn_scans

Task = Literal["embed", "detect"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both networks, of random weights, exported small and calibrated on a few drawn pictures."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    for name, network in (
        ("embedder", EmbedderNetwork(pretrained=False)),
        ("detector", DetectorNetwork(pretrained=False)),
    ):
        save_checkpoint(folder / f"{name}.pt", {"network": network.state_dict(), "settings": {}, "step": 1})
    with pytest.MonkeyPatch.context() as patch:
        for constant, value in (("EMBEDDER_SIZE", 64), ("DETECTOR_SIZE", 128), ("_CROPS", 16), ("_SCENES", 2)):
            patch.setattr(models, constant, value)
        for task in ("embed", "detect"):
            export_run(folder, task, drawn_scans(), drawn_grounds(), folder / "out")
    return folder / "out"


@pytest.mark.parametrize("name", ["embedder", "embedder-fp32", "detector", "detector-fp32"])
def test_each_file_has_a_spec_that_describes_it(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    assert spec.digest == hashlib.sha256((exported / f"{name}.onnx").read_bytes()).hexdigest()
    assert spec.task == ("embed" if name.startswith("embedder") else "detect")
    assert (spec.mean, spec.std, spec.stride) == ((127.5,) * 3, (127.5,) * 3, 32)


@pytest.mark.parametrize("name", ["embedder", "detector"])
def test_the_quantised_file_is_much_smaller(exported: Path, name: str) -> None:
    small, whole = ((exported / f"{name}{kind}.onnx").stat().st_size for kind in ("", "-fp32"))
    assert small < 0.6 * whole


@pytest.mark.parametrize("name", ["embedder", "embedder-fp32"])
def test_an_exported_embedder_embeds(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    embedder = Embedder(OnnxRuntime(exported / f"{name}.onnx", spec, threads=1), spec)
    vectors = embedder.embed([drawn_scan(0)[:64, :64], drawn_scan(1)[:64, :64]])
    assert vectors.shape == (2, 768)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


@pytest.mark.parametrize("name", ["detector", "detector-fp32"])
def test_an_exported_detector_that_learnt_nothing_finds_nothing(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    detector = Detector(OnnxRuntime(exported / f"{name}.onnx", spec, threads=1), spec, likely=0.9)
    assert detector.find(drawn_scan(0)[:160, :100]) == []


@pytest.mark.parametrize(("task", "name"), [("embed", "embedder"), ("detect", "detector")])
def test_an_unfinished_run_is_refused_with_the_command_that_ends_it(tmp_path: Path, task: Task, name: str) -> None:
    with pytest.raises(CardlensError, match=rf"no {name}\.pt here; run `cardlens train {name}"):
        export_run(tmp_path, task, drawn_scans(), drawn_grounds(), tmp_path / "out")
