"""The self-test, with the bundled models: it passes where all is well, and fails where something is not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from cardlens.devices.examination import examine
from cardlens.devices.golden import ANSWERS, CROPS, VECTORS, Golden, make_golden
from cardlens.devices.self_test import FailedSelfTest, examine_apart
from cardlens.errors import CardlensError
from cardlens.settings import BUNDLED


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release as it lies on a device."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "models").mkdir()
    for file in BUNDLED.iterdir():
        if file.suffix in {".onnx", ".json"}:
            (folder / "models" / file.name).symlink_to(file)
    (folder / "reference").symlink_to(BUNDLED / "reference")
    make_golden(BUNDLED, BUNDLED / "reference", folder / "golden")
    return folder


@pytest.fixture
def changed(release: Path, tmp_path: Path) -> Path:
    """A copy of it whose golden crops may be changed."""
    shutil.copytree(release, tmp_path / "changed", symlinks=True)
    return tmp_path / "changed"


def test_golden_crops_are_the_demo_s_cards(release: Path) -> None:
    golden = Golden.load(release / "golden")
    truth = json.loads((BUNDLED / "demo" / "demo-truth.json").read_text())
    ids = [card["card_id"] for card in truth["cards"]]
    assert golden.crops.shape == (len(ids), 224, 224, 3)
    assert [list(near) for near in golden.nearest] == [[card_id] for card_id in ids]
    assert set(golden.named) == set(ids)


def test_a_sound_release_passes_in_a_process_of_its_own(release: Path) -> None:
    tested = examine_apart(release)
    assert (tested.crops, tested.named) == (9, 9)
    assert tested.least_cosine > 0.999


def test_another_model_s_vectors_fail(changed: Path) -> None:
    vectors = np.load(changed / "golden" / VECTORS)
    np.save(changed / "golden" / VECTORS, np.roll(vectors, 1, axis=0))
    with pytest.raises(FailedSelfTest, match="embeds a golden crop at cosine"):
        examine(changed)


def test_a_crop_taken_for_another_fails(changed: Path) -> None:
    answers = json.loads((changed / "golden" / ANSWERS).read_text())
    answers["nearest"][0] = ["demo-3"]
    (changed / "golden" / ANSWERS).write_text(json.dumps(answers))
    with pytest.raises(FailedSelfTest, match="takes golden crop"):
        examine(changed)


def test_a_card_that_is_not_named_fails(changed: Path) -> None:
    answers = json.loads((changed / "golden" / ANSWERS).read_text())
    answers["named"].append("demo-3")  # is not in the photo
    (changed / "golden" / ANSWERS).write_text(json.dumps(answers))
    with pytest.raises(FailedSelfTest, match="does not name demo-3"):
        examine(changed)


def test_a_model_that_does_not_load_fails_in_one_line(changed: Path) -> None:
    (changed / "models" / "embedder.onnx").unlink()
    (changed / "models" / "embedder.onnx").write_bytes(b"not a model")
    with pytest.raises(FailedSelfTest, match=r"embedder\.onnx") as failed:
        examine_apart(changed)
    assert "\n" not in str(failed.value)


def test_a_program_that_dies_is_a_failed_test(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(changed))
    (changed / "sitecustomize.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    with pytest.raises(FailedSelfTest, match="ended with -11"):
        examine_apart(changed)


@pytest.mark.parametrize("name", [CROPS, VECTORS, ANSWERS])
def test_damaged_golden_crops_are_said(changed: Path, name: str) -> None:
    (changed / "golden" / name).write_bytes(b"\x93NUMPY")
    with pytest.raises(CardlensError, match="no golden crops"):
        Golden.load(changed / "golden")
