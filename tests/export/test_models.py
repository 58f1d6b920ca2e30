from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cardlens.errors import CardlensError
from cardlens.export.models import RECIPES, export_run
from cardlens.recognition.aligner import Aligner
from cardlens.recognition.detector import Detector
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import ModelSpec
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.training.checkpoint import save_checkpoint
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import ContentAligner
from tests.training.drawn_scans import drawn_grounds, drawn_scan, drawn_scans

NAMES = ("embedder", "detector", "aligner")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All networks, of random weights, exported small and calibrated on a few drawn pictures."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    sizes = {"embedder": (64, 64), "detector": (128, 128), "aligner": RECIPES["aligner"].size}
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            network = RECIPES[name].network()
            save_checkpoint(folder / f"{name}.pt", {"network": network.state_dict(), "settings": {}, "step": 1})
            patch.setitem(RECIPES, name, replace(RECIPES[name], size=sizes[name], batches=2))
            export_run(folder, name, drawn_scans(), drawn_grounds(), folder / "out")
    return folder / "out"


@pytest.mark.parametrize("name", [f"{name}{kind}" for name in NAMES for kind in ("", "-fp32")])
def test_each_file_has_a_spec_that_describes_it(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    assert spec.digest == hashlib.sha256((exported / f"{name}.onnx").read_bytes()).hexdigest()
    assert spec.task == RECIPES[name.removesuffix("-fp32")].task
    assert (spec.mean, spec.std, spec.stride) == ((127.5,) * 3, (127.5,) * 3, 32)


@pytest.mark.parametrize("name", NAMES)
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


@pytest.mark.parametrize("name", ["aligner", "aligner-fp32"])
def test_an_exported_aligner_says_something_of_every_card(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    aligner = Aligner(OnnxRuntime(exported / f"{name}.onnx", spec, threads=1), spec)
    quads = [card_at(100, 130, 60 + place, 0) for place in range(9)]
    said = aligner.align(drawn_scan(0), quads)
    assert len(said) == len(quads)
    assert all(np.isfinite(one.quad).all() and 0 <= one.card <= 1 for one in said)


@pytest.mark.parametrize("name", ["detector", "detector-fp32"])
def test_an_exported_detector_that_learnt_nothing_finds_nothing(exported: Path, name: str) -> None:
    spec = ModelSpec.load(exported / f"{name}.json")
    detector = Detector(
        OnnxRuntime(exported / f"{name}.onnx", spec, threads=1), spec, ContentAligner(card=0), likely=0.9
    )
    assert detector.find(drawn_scan(0)[:160, :100]) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_unfinished_run_is_refused_with_the_command_that_ends_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(CardlensError, match=rf"no {name}\.pt here; run `cardlens train {name}"):
        export_run(tmp_path, name, drawn_scans(), drawn_grounds(), tmp_path / "out")
