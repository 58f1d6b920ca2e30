from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.cli.photos import find_photos


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a.heic", "notes.txt", "a.cardlens.jpg", "deep/c.png", ".hidden.png", "[odd].jpg"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return tmp_path


def test_a_folder_stands_for_its_pictures(album: Path) -> None:
    assert find_photos([str(album)]) == [album / name for name in ("[odd].jpg", "a.heic", "b.JPG")]


def test_a_pattern_stands_for_what_it_matches(album: Path) -> None:
    assert find_photos([f"{album}/**/*.png"]) == [album / "deep" / "c.png"]
    assert find_photos([f"{album}/*.jp*"]) == [album / "[odd].jpg"]


def test_what_is_not_there_stands_for_itself(album: Path) -> None:
    assert find_photos(["nowhere.jpg", f"{album}/*.tiff"]) == [Path("nowhere.jpg"), album / "*.tiff"]


def test_a_file_with_brackets_in_its_name_stands_for_itself(album: Path) -> None:
    assert find_photos([str(album / "[odd].jpg")]) == [album / "[odd].jpg"]


def test_a_photo_named_twice_is_named_once(album: Path) -> None:
    assert find_photos([str(album / "a.heic"), str(album / "a.*c")]) == [album / "a.heic"]
