from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import CardlensError
from cardlens.export.hailo_script import read_pictures
from cardlens.runtimes.base import ModelSpec
from cardlens.training.dataset import calibration
from cardlens.training.dataset.calibration import strata, write_calibration
from cardlens.training.simulator.crops import described_crop
from cardlens.training.simulator.scans import open_scans
from tests.training.drawn_scans import drawn_scan

SPEC = ModelSpec("embedder", "embed", 224, 224, (127.5,) * 3, (127.5,) * 3, 32, "")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cards of two sets to train on and one held out, and a ground."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("scans", "backgrounds"):
        (folder / name).mkdir()
    for seed, card_id in enumerate(("A1-1", "A1-2", "A2-1", "A2-2", "A3b-1")):
        Image.fromarray(drawn_scan(seed)).save(folder / "scans" / f"{card_id}.webp")
    Image.new("RGB", (64, 64), "grey").save(folder / "backgrounds" / "grey.png")
    return folder


def test_sets_widths_and_lights_are_even_and_so_is_every_pair_of_them() -> None:
    drawn = list(strata(["a", "b", "c"], 3 * 36))
    assert set(Counter(one.card_set for one in drawn).values()) == {36}
    assert set(Counter(one.widths for one in drawn).values()) == {18}
    assert set(Counter(one.light for one in drawn).values()) == {18}
    assert set(Counter((one.card_set, one.light) for one in drawn).values()) == {6}
    assert set(Counter((one.widths, one.light) for one in drawn).values()) == {3}


def test_crops_are_raw_and_in_the_device_s_layout(data: Path, tmp_path: Path) -> None:
    file = write_calibration(data, tmp_path / "cache", tmp_path / "calibration.npy", 12)
    crops = read_pictures(file, SPEC, least=12)
    assert crops.shape == (12, 224, 224, 3)
    assert crops.dtype == np.uint8
    assert crops.max() > 128
    record = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert record["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert sum(record["sets"].values()) == sum(record["widths"].values()) == sum(record["lights"].values()) == 12


def test_no_other_file_of_that_name_is_overwritten(data: Path, tmp_path: Path) -> None:
    fitted = tmp_path / "calibration.json"
    fitted.write_text('{"weights": [1.0]}', encoding="utf-8")
    with pytest.raises(CardlensError, match=r"calibration\.json: is there and says nothing of crops"):
        write_calibration(data, tmp_path / "cache", tmp_path / "calibration.npy", 4)
    assert fitted.read_text(encoding="utf-8") == '{"weights": [1.0]}'
    assert not (tmp_path / "calibration.npy").exists()
    fitted.unlink()
    for seed in (1, 2):
        write_calibration(data, tmp_path / "cache", tmp_path / "calibration.npy", 4, seed)
    assert json.loads(fitted.read_text(encoding="utf-8"))["seed"] == 2


def test_held_out_cards_are_not_shown(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not as the card that is cut out, nor beside it, nor its text on another one."""
    seen: list[Any] = []

    def note(scan: Any, rng: Any, size: int, neighbours: Any, *rest: Any) -> Any:
        seen.extend([scan, *neighbours])
        return described_crop(scan, rng, size, neighbours, *rest)

    monkeypatch.setattr(calibration, "described_crop", note)
    file = write_calibration(data, tmp_path / "cache", tmp_path / "calibration.npy", 6)
    assert set(json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["sets"]) == {"A1", "A2"}
    opened = open_scans(data, tmp_path / "cache")
    [held_out] = opened.of(["A3b-1"]).pixels
    assert len(seen) == 6 * 4  # the one that is cut out, and three cards that are trained on
    assert not any(np.array_equal(one, held_out) for one in seen)


def test_without_room_on_the_disk_nothing_is_left(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_scans(data, tmp_path / "cache")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", refuse)
    with pytest.raises(OSError, match=r"No space left on device: '.*calibration\.npy'"):
        write_calibration(data, tmp_path / "cache", tmp_path / "out" / "calibration.npy", 4)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_same_seed_gives_the_same_bytes(data: Path, tmp_path: Path) -> None:
    one, other, third = (
        write_calibration(data, tmp_path / "cache", tmp_path / f"{name}.npy", 4, seed).read_bytes()
        for name, seed in (("one", 1), ("other", 1), ("third", 2))
    )
    assert one == other != third


def test_the_file_must_be_an_array(data: Path, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"name it calibration\.npy"):
        write_calibration(data, tmp_path / "cache", tmp_path / "calibration.bin", 4)
