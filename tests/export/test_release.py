from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from shutil import copy

import numpy as np
import onnx
import pytest

from cardlens.errors import CardlensError
from cardlens.export import release, unrounded
from cardlens.export.models import RECIPES
from cardlens.export.parity import Parity, Trials, open_onnx
from cardlens.export.release import export_whole, release_int8, release_run
from tests.training.drawn_scans import drawn_grounds, drawn_scan, drawn_scans

FACES = [drawn_scan(seed)[:64, :64] for seed in range(4)]
TRIALS = Trials(FACES, [0, 1, 2, 3], FACES, [0, 1, 2, 3])


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("few") / "few.npy"
    np.save(file, np.random.default_rng(0).integers(0, 256, (64, 64, 64, 3), dtype=np.uint8))
    return file


def test_trained_weights_become_a_plain_onnx_file_of_any_batch_size(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "embedder", replace(RECIPES["embedder"], size=(64, 64)))
    file = export_whole(trained, "embedder", tmp_path / "out")
    assert [each.name for each in sorted((tmp_path / "out").iterdir())] == ["embedder-fp32.json", "embedder-fp32.onnx"]
    assert open_onnx(file).embed(FACES[:2]).shape == (2, 768)
    assert "Pad" not in {node.op_type for node in onnx.load(file).graph.node}


def test_weights_that_are_not_there_and_models_that_do_not_exist_are_named(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"embedder\.pt: no weights here"):
        export_whole(tmp_path, "embedder", tmp_path / "out")
    with pytest.raises(CardlensError, match="teacher: no model of cardlens; give one of embedder"):
        export_whole(tmp_path, "teacher", tmp_path / "out")


def test_an_int8_model_that_names_as_well_is_released(whole: Path, few: Path, tmp_path: Path) -> None:
    file, parity = release_int8(whole, few, lambda: TRIALS, tmp_path / "out")
    assert parity.recall == {"fp32 ONNX": 1.0, "INT8": 1.0}
    assert file.stat().st_size < 0.6 * whole.stat().st_size
    assert open_onnx(file).embed(FACES).shape == (4, 768)
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["embedder.json", "embedder.onnx"]


def test_one_that_does_not_is_not_written(
    whole: Path, few: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "quantise", lambda source, target, *_, **__: target.write_bytes(source.read_bytes()))
    monkeypatch.setattr(release, "compare", lambda *_: Parity({"fp32 ONNX": 0.99, "INT8": 0.9}, (), 100, 4))
    with pytest.raises(CardlensError, match=r"INT8: loses 9\.00 points"):
        release_int8(whole, few, lambda: TRIALS, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_nothing_is_rendered_for_what_cannot_be_quantised(
    whole: Path, few: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unwanted() -> Trials:
        raise AssertionError("rendered")

    for model, pictures, said in (
        (tmp_path / "none.onnx", few, r"none\.onnx: no \.onnx file here"),
        (whole, tmp_path / "none.npy", "no calibration pictures"),
        (trained / "traced.onnx", few, r"traced\.json: missing, it is the spec"),
    ):
        with pytest.raises(CardlensError, match=said):
            release_int8(model, pictures, unwanted, tmp_path / "out")
    monkeypatch.setattr(unrounded, "is_quantised", lambda _: True)
    with pytest.raises(CardlensError, match="INT8 already; give the fp32 file"):
        release_int8(whole, few, unwanted, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def ended(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of a run that has ended, and an INT8 file of weights before."""
    monkeypatch.setitem(RECIPES, "embedder", replace(RECIPES["embedder"], size=(64, 64), batches=2))
    copy(trained / "embedder.pt", tmp_path)
    (tmp_path / "embedder.onnx").write_bytes(b"of weights before")
    return tmp_path


def test_a_run_releases_int8_through_the_same_gate(ended: Path) -> None:
    file, parity = release_run(ended, drawn_scans(), drawn_grounds(), lambda: TRIALS)
    assert parity.recall == {"fp32 ONNX": 1.0, "INT8": 1.0}
    assert open_onnx(file).embed(FACES).shape == (4, 768)
    names = ["embedder-fp32.json", "embedder-fp32.onnx", "embedder.json", "embedder.onnx", "embedder.pt"]
    assert sorted(each.name for each in ended.iterdir()) == names


def test_a_run_whose_int8_names_worse_leaves_fp32_alone(ended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "compare", lambda *_: Parity({"fp32 ONNX": 0.99, "INT8": 0.9}, (), 100, 4))
    with pytest.raises(CardlensError, match=r"INT8: loses 9\.00 points"):
        release_run(ended, drawn_scans(), drawn_grounds(), lambda: TRIALS)
    assert sorted(each.name for each in ended.glob("*.onnx")) == ["embedder-fp32.onnx"]
