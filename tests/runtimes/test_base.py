from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from cardlens.errors import BadModel
from cardlens.runtimes.base import Bytes, ModelSpec, prepare

SPEC = ModelSpec("tiny", "embed", 4, 5, (127.5, 100.0, 0.0), (127.5, 50.0, 255.0), 1, "d" * 64)


def test_a_saved_spec_is_loaded_again(tmp_path: Path) -> None:
    SPEC.save(tmp_path / "tiny.json")
    assert ModelSpec.load(tmp_path / "tiny.json") == SPEC


def test_a_missing_spec_is_said_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"tiny\.json: no model spec here"):
        ModelSpec.load(tmp_path / "tiny.json")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="cannot be read"):
        ModelSpec.load(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"[]",
        b"17",
        b"{}",
        b'{"mean": 1, "std": 2}',
        b"\xff\xfe\x00",
        json.dumps({**asdict(SPEC), "colour": "RGB"}).encode(),
        json.dumps({**asdict(SPEC), "height": "224"}).encode(),
        json.dumps({**asdict(SPEC), "width": 0}).encode(),
        json.dumps({**asdict(SPEC), "std": [1, 0, 1]}).encode(),
        json.dumps({**asdict(SPEC), "mean": [None, 0, 1]}).encode(),
        b'{"mean":' * 100_000,
    ],
)
def test_what_is_no_spec_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tiny.json"
    file.write_bytes(content)
    with pytest.raises(BadModel, match=r"tiny\.json: not a model spec") as refused:
        ModelSpec.load(file)
    assert "\n" not in str(refused.value)


@settings(max_examples=20)
@given(arrays(np.uint8, (3, 4, 5, 3)))
def test_a_batch_is_what_the_slow_loop_makes(crops: Bytes) -> None:
    batch = prepare(list(crops), SPEC)
    assert batch.dtype == np.float32
    assert batch.flags.c_contiguous
    assert batch.shape == (3, 3, 4, 5)
    for crop in range(3):
        for channel in range(3):
            for row in range(4):
                for column in range(5):
                    pixel = float(crops[crop, row, column, channel])
                    expected = (pixel - SPEC.mean[channel]) / SPEC.std[channel]
                    assert batch[crop, channel, row, column] == pytest.approx(expected, abs=1e-6)


def test_crops_are_left_as_they_were() -> None:
    crop = np.full((4, 5, 3), 200, np.uint8)
    prepare([crop], SPEC)
    assert (crop == 200).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (48, 500)])
def test_every_value_of_every_shape_is_normalised(shape: tuple[int, int]) -> None:
    crop = np.random.default_rng(5).integers(0, 256, (*shape, 3), np.uint8)
    expected = (crop - np.asarray(SPEC.mean, np.float32)) / np.asarray(SPEC.std, np.float32)
    assert (prepare([crop], SPEC)[0] == expected.transpose(2, 0, 1)).all()


def test_crops_of_two_sizes_make_no_batch() -> None:
    with pytest.raises(ValueError, match="same shape"):
        prepare([np.zeros((4, 5, 3), np.uint8), np.zeros((5, 4, 3), np.uint8)], SPEC)
