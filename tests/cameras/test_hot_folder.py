from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from cardlens.cameras import CameraLost, HotFolder, NoCamera


def test_a_new_photo_is_given_once_it_no_longer_changes(tmp_path: Path) -> None:
    hot, photo = HotFolder(tmp_path), tmp_path / "a.jpg"
    photo.write_bytes(b"half")
    assert hot.whole(10.0) == []
    photo.write_bytes(b"half and half")
    assert hot.whole(10.7) == []
    assert hot.whole(11.4) == [photo]
    assert hot.whole(20.0) == []


def test_photos_that_were_there_are_left_alone_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "old.jpg").write_bytes(b"x")
    hot = HotFolder(tmp_path)
    asked = HotFolder(tmp_path, existing=True)
    assert hot.whole(1.0) == hot.whole(5.0) == []
    assert asked.whole(1.0) == []
    assert asked.whole(5.0) == [tmp_path / "old.jpg"]


def test_a_photo_written_anew_is_given_again(tmp_path: Path) -> None:
    hot, photo = HotFolder(tmp_path), tmp_path / "scan.jpg"
    photo.write_bytes(b"first")
    hot.whole(0.0)
    assert hot.whole(1.0) == [photo]
    photo.write_bytes(b"the second")
    assert hot.whole(2.0) == []
    assert hot.whole(3.0) == [photo]


def test_one_that_cannot_be_read_yet_is_given_again_for_a_while(tmp_path: Path) -> None:
    hot, photo = HotFolder(tmp_path), tmp_path / "a.jpg"
    photo.write_bytes(b"half")
    hot.whole(0.0)
    assert hot.whole(1.0) == [photo]
    assert hot.wait_for(photo, 1.0)
    assert hot.whole(2.0) == [photo]
    assert not hot.wait_for(photo, 9.0)
    assert hot.whole(9.5) == []


def test_what_is_no_photo_hidden_or_our_own_is_left_alone(tmp_path: Path) -> None:
    for name in ("note.txt", ".hidden.jpg", "page.cardlens.jpg", "copy.jpg.part"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.jpg").mkdir()
    hot = HotFolder(tmp_path, existing=True)
    hot.whole(0.0)
    assert hot.whole(9.0) == []


def test_several_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    hot = HotFolder(tmp_path)
    for name in ("b.png", "c.heic", "a.jpg"):
        (tmp_path / name).write_bytes(b"x")
    hot.whole(0.0)
    assert [photo.name for photo in hot.whole(1.0)] == ["a.jpg", "b.png", "c.heic"]


class Going:
    """A photo of a folder's listing that is deleted before it is looked at."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.name, self.path, self._entry = entry.name, entry.path, entry

    def is_file(self) -> bool:
        there = self._entry.is_file()
        Path(self.path).unlink(missing_ok=True)
        return there

    def stat(self) -> os.stat_result:
        return Path(self.path).stat()


def test_a_photo_that_is_taken_away_while_it_is_looked_at_is_gone_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot = HotFolder(tmp_path)
    (tmp_path / "a.jpg").write_bytes(b"x")
    scandir = os.scandir
    with monkeypatch.context() as patch:
        patch.setattr("cardlens.cameras.hot_folder.os.scandir", lambda folder: nullcontext(map(Going, scandir(folder))))
        assert hot.whole(0.0) == []
    (tmp_path / "b.jpg").write_bytes(b"x")
    hot.whole(1.0)
    assert hot.whole(2.0) == [tmp_path / "b.jpg"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NoCamera, match="gone: cannot be read"):
        HotFolder(tmp_path / "gone")


def test_a_folder_that_vanishes_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    folder.mkdir()
    hot = HotFolder(folder)
    folder.rmdir()
    with pytest.raises(CameraLost, match="cards: can no longer be read"):
        hot.whole(0.0)
