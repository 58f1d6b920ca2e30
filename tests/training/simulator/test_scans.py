from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import CardlensError
from cardlens.recognition.picture import decode
from cardlens.training.simulator import scans
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
    opened = open_scans(tmp_path, tmp_path / "cache")
    assert [(record.card_id, record.source) for record in opened.records] == [
        ("base1-1", "scans"),
        ("base1-2", "scans"),
        ("base1-4", "scans"),
        ("cel25c-2_A", "scans"),
        ("unnamed-7_x", "unnamed"),
        ("base1-2", "de"),
    ]
    assert [record.file for record in opened.records] == files
    assert opened.rows["base1-2"] == [1, 5]


def test_a_png_gives_the_pixels_that_it_holds(tmp_path: Path) -> None:
    draw(tmp_path / "scans" / "base1-4.png", 3)
    opened = open_scans(tmp_path, tmp_path / "cache")
    assert opened.pixels.shape == (1, HEIGHT, WIDTH, 3)
    assert np.array_equal(opened.pixels[0], decode(tmp_path / "scans" / "base1-4.png", at_least=None).pixels)


def test_what_was_decoded_is_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "scans" / "base1-4.png", 3)
    before = open_scans(tmp_path, tmp_path / "cache").pixels.copy()
    monkeypatch.setattr(scans, "decode", None)
    assert np.array_equal(open_scans(tmp_path, tmp_path / "cache").pixels, before)


def test_what_came_went_or_changed_is_decoded(tmp_path: Path) -> None:
    data, cache = tmp_path / "data", tmp_path / "cache"
    draw(data / "scans" / "base1-4.png", 3)
    first = open_scans(data, cache)
    before = first.pixels.copy()
    draw(data / "scans" / "base1-4.png", 4)
    changed = open_scans(data, cache)
    assert np.array_equal(changed.pixels[0], decode(data / "scans" / "base1-4.png", at_least=None).pixels)
    assert np.array_equal(first.pixels, before), "who reads what was there goes on reading it"
    draw(data / "scans" / "base1-5.png", 5)
    assert list(open_scans(data, cache).rows) == ["base1-4", "base1-5"]
    (data / "scans" / "base1-4.png").unlink()
    assert list(open_scans(data, cache).rows) == ["base1-5"]
    draw(tmp_path / "other" / "scans" / "xy1-1.png", 6)
    assert list(open_scans(tmp_path / "other", cache).rows) == ["xy1-1"]
    assert sorted(file.name for file in cache.iterdir()) == ["scans.json", "scans.npy"]


@pytest.mark.parametrize("name", ["scans.json", "scans.npy"])
@pytest.mark.parametrize("content", [b"", b"[", b"\x93NUMPY", None])
def test_half_of_what_was_decoded_is_none_of_it(tmp_path: Path, name: str, content: bytes | None) -> None:
    draw(tmp_path / "scans" / "base1-4.png", 3)
    before = open_scans(tmp_path, tmp_path / "cache").pixels.copy()
    file = tmp_path / "cache" / name
    file.write_bytes(file.read_bytes()[:-200] if content is None else content)
    assert np.array_equal(open_scans(tmp_path, tmp_path / "cache").pixels, before)


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    with pytest.raises(CardlensError, match="no pictures in scans/ here"):
        open_scans(tmp_path, tmp_path / "cache")
