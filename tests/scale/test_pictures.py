from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cardlens.errors import UnreadablePicture
from cardlens.scale.inputs import folder_state
from cardlens.scale.pictures import Place, is_address, list_pictures, photo_files, read_ahead
from cardlens.store.address import open_store


def test_pictures_of_a_store_are_listed_in_order_without_hidden_and_drawn_ones(tmp_path: Path) -> None:
    for name in ("b/2.jpg", "a.PNG", ".hidden/3.jpg", "notes.txt", "a.cardlens.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert list(list_pictures(open_store(str(tmp_path)))) == ["a.PNG", "b/2.jpg"]


def test_a_picture_that_is_written_anew_has_another_state(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"one")
    (tmp_path / "b.jpg").write_bytes(b"one")
    in_store, (_, in_folder) = list_pictures(open_store(str(tmp_path))), photo_files([tmp_path / "a.jpg"], 9)
    (tmp_path / "a.jpg").write_bytes(b"other")
    again = list_pictures(open_store(str(tmp_path)))
    assert [name for name in again if again[name] != in_store[name]] == ["a.jpg"]
    assert photo_files([tmp_path / "a.jpg"], 9)[1] != in_folder


def test_only_relative_paths_depend_on_the_folder_we_are_in(tmp_path: Path) -> None:
    assert photo_files([tmp_path / "a.jpg"], 9)[0].folder == Path("/")
    assert photo_files([tmp_path / "a.jpg", Path("b.jpg")], 9)[0].folder == Path.cwd()


def test_a_folder_that_holds_another_file_is_another(tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.jpg").write_bytes(b"one")
    before = folder_state(tmp_path)
    assert folder_state(tmp_path) == before
    (tmp_path / "scans" / "a.jpg").rename(tmp_path / "scans" / "b.jpg")
    assert folder_state(tmp_path) != before


def test_a_picture_of_a_store_is_named_by_its_address(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"bytes")
    reader = Place(str(tmp_path), Path("/"), 100).open()
    assert reader.read("a.jpg") == b"bytes"
    assert reader.shown("a.jpg") == f"{tmp_path}/a.jpg"


def test_a_picture_that_is_gone_or_too_large_is_its_own_fault(tmp_path: Path) -> None:
    (tmp_path / "large.jpg").write_bytes(b"x" * 101)
    reader = Place(str(tmp_path), Path("/"), 100).open()
    with pytest.raises(UnreadablePicture, match=r"large\.jpg: larger than the limit of 100 bytes"):
        reader.read("large.jpg")
    with pytest.raises(UnreadablePicture, match=r"gone\.jpg: no such file"):
        reader.read("gone.jpg")


def test_files_are_read_from_the_folder_where_the_driver_was(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"bytes")
    reader = Place(None, tmp_path, 100).open()
    assert (reader.read("a.jpg"), reader.shown("a.jpg")) == (b"bytes", "a.jpg")


def test_only_a_few_pictures_are_read_ahead() -> None:
    held, most, lock = 0, 0, threading.Lock()

    def read(name: str) -> bytes:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return name.encode()

    names = [str(number) for number in range(30)]
    for name, content in read_ahead(names, read, 3):
        assert content.result() == name.encode()
        with lock:
            held -= 1
    assert held == 0
    assert most <= 4


def test_addresses_are_told_from_files() -> None:
    assert is_address("s3://bucket/photos")
    assert not is_address("photos/*.jpg")
