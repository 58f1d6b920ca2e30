from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from cardlens.errors import BadModel
from cardlens.runtimes.base import Floats, ModelSpec
from cardlens.settings import BUNDLED
from cardlens.training.text_models import SOURCES, convert


@pytest.fixture(scope="module")
def wheel_folder() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        pytest.skip("rapidocr, whose wheel holds the original models, is not installed")
    return Path(spec.origin).parent / "models"


@pytest.fixture(scope="module")
def converted(wheel_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text")
    convert(wheel_folder, folder)
    return folder


def run(file: Path, batch: Floats) -> Floats:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": batch})[0])


def smooth_noise(height: int, width: int) -> Floats:
    """BGR in -1..1 with the large shapes that real pictures have."""
    coarse = np.random.default_rng(5).uniform(-1, 1, (1, 3, height // 8, width // 8))
    return coarse.repeat(8, axis=2).repeat(8, axis=3).astype(np.float32)


def test_the_finder_says_what_the_original_says(wheel_folder: Path, converted: Path) -> None:
    bgr = smooth_noise(64, 320)
    original = run(wheel_folder / SOURCES["finder"][0], bgr)
    np.testing.assert_allclose(run(converted / "finder.onnx", bgr[:, ::-1].copy()), original, atol=0.02)


def test_the_reader_ranks_the_letters_it_kept_as_the_original_does(wheel_folder: Path, converted: Path) -> None:
    bgr = smooth_noise(48, 320)
    original = run(wheel_folder / SOURCES["reader"][0], bgr)[0]
    ours = run(converted / "reader.onnx", bgr[:, ::-1].copy())[0]
    assert ours.shape == (len(original), 860)
    # The space is the last class of both; what is more likely than the blank differs by the letters left out alone.
    np.testing.assert_allclose(np.log(ours[:, -1] / ours[:, 0]), np.log(original[:, -1] / original[:, 0]), atol=0.2)


def test_the_bundled_models_are_what_the_conversion_makes(converted: Path) -> None:
    assert (converted / "alphabet.txt").read_bytes() == (BUNDLED / "text" / "alphabet.txt").read_bytes()
    rgb = smooth_noise(48, 160)
    for name in SOURCES:
        padded = np.pad(rgb, ((0, 0), (0, 0), (0, 16), (0, 0))) if name == "finder" else rgb
        np.testing.assert_array_equal(
            run(converted / f"{name}.onnx", padded), run(BUNDLED / "text" / f"{name}.onnx", padded)
        )


@pytest.mark.parametrize("name", ["finder", "reader"])
def test_the_spec_names_the_file_beside_it(converted: Path, name: str) -> None:
    weights = (converted / f"{name}.onnx").read_bytes()
    assert ModelSpec.load(converted / f"{name}.json").digest == hashlib.sha256(weights).hexdigest()


def test_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / SOURCES["finder"][0]).write_bytes(b"another model")
    with pytest.raises(BadModel, match="PP-OCRv6_det_small"):
        convert(tmp_path, tmp_path / "out")
