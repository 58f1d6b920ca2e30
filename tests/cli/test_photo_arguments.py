from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.cli.photo_arguments import NoPhoto, annotated_name, photos_of


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a.heic", "notes.txt", "a.cardlens.jpg", "deep/c.png", ".hidden/d.png", "[odd].jpg"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return tmp_path


def test_a_folder_stands_for_its_pictures_and_those_below(album: Path) -> None:
    assert photos_of(str(album)) == [album / name for name in ("[odd].jpg", "a.heic", "b.JPG", "deep/c.png")]


def test_a_pattern_stands_for_what_it_matches(album: Path) -> None:
    assert photos_of(f"{album}/**/*.png") == [album / "deep" / "c.png"]
    assert photos_of(f"{album}/*.jp*") == [album / "[odd].jpg"]


def test_a_file_with_brackets_in_its_name_stands_for_itself(album: Path) -> None:
    assert photos_of(str(album / "[odd].jpg")) == [album / "[odd].jpg"]


def test_a_file_that_is_not_there_stands_for_itself(album: Path) -> None:
    assert photos_of("nowhere.jpg") == [Path("nowhere.jpg")]


def test_a_pattern_without_a_match_says_so(album: Path) -> None:
    with pytest.raises(NoPhoto, match="no file matches"):
        photos_of(f"{album}/*.tiff")


def test_annotated_copies_do_not_overwrite_each_other() -> None:
    first = annotated_name(Path("one/page.jpg"), [])
    second = annotated_name(Path("two/page.jpg"), [first])
    assert (first, second) == ("page.cardlens.jpg", "page-2.cardlens.jpg")
