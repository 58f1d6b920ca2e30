from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import CardlensError
from cardlens.recognition.picture import decode
from cardlens.training.simulator.scans import HEIGHT, WIDTH, open_scans
from tests.training.drawn_scans import drawn_scan


def draw(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn_scan(seed)).save(file)


def test_pictures_of_every_kind_and_the_seeds_names_are_found(tmp_path: Path) -> None:
    files = [
        "scans/Alakazam-en_base_base1_001_high.png",
        "scans/base1-2.webp",
        "scans/base1-4_Charizard.jpg",
        "scans/cel25c-2_A.png",
        "unnamed/7_x.png",
        "views/de/base1-2.png",
    ]
    for seed, file in enumerate(files):
        draw(tmp_path / file, seed)
    (tmp_path / "scans" / "notes.txt").write_text("no picture")
    scans = open_scans(tmp_path, tmp_path / "cache")
    assert [(record.card_id, record.source) for record in scans.records] == [
        ("base1-1", "scans"),
        ("base1-2", "scans"),
        ("base1-4", "scans"),
        ("cel25c-2_A", "scans"),
        ("unnamed-7_x", "unnamed"),
        ("base1-2", "de"),
    ]
    assert [record.file for record in scans.records] == files
    assert scans.rows["base1-2"] == [1, 5]


def test_a_png_gives_the_pixels_that_it_holds(tmp_path: Path) -> None:
    draw(tmp_path / "scans" / "base1-4.png", 3)
    scans = open_scans(tmp_path, tmp_path / "cache")
    assert scans.pixels.shape == (1, HEIGHT, WIDTH, 3)
    assert np.array_equal(scans.pixels[0], decode(tmp_path / "scans" / "base1-4.png", at_least=None).pixels)


def test_what_was_decoded_is_not_decoded_again(tmp_path: Path) -> None:
    draw(tmp_path / "scans" / "base1-4.png", 3)
    before = open_scans(tmp_path, tmp_path / "cache").pixels.copy()
    draw(tmp_path / "scans" / "base1-4.png", 4)
    assert np.array_equal(open_scans(tmp_path, tmp_path / "cache").pixels, before)


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    with pytest.raises(CardlensError, match="no pictures in scans/ here"):
        open_scans(tmp_path, tmp_path / "cache")
