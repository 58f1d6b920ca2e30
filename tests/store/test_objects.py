"""What every store promises, whatever it is made of."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from cardlens.store import objects, transfer
from cardlens.store.errors import AlreadyThere, Damaged, NotThere, Outdated, StoreError
from cardlens.store.folder import FolderStore
from cardlens.store.objects import Store
from cardlens.store.transfer import PART, SPANS, span_of
from tests.store.conftest import KINDS, every_store
from tests.store.trees import flip

LARGE = bytes(range(256)) * (PART // 256) + b"and a rest"  # two parts
LONG = LARGE * 2  # more spans than are fetched at once
SPAN = span_of(len(LONG))


with_large_files = pytest.mark.parametrize("store", [KINDS[1], KINDS[2]], indirect=True)  # what it takes costs time


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@every_store
def test_gives_back_what_it_was_given(store: Store) -> None:
    store.put("a/b.json", b"content")
    found = store.read("a/b.json")
    assert found is not None
    assert found.content == b"content"


@every_store
def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.read("a/b.json") is None
    assert store.look("a/b.json") is None
    assert list(store.list()) == []
    store.delete("a/b.json")


@every_store
def test_creates_only_what_is_not_there(store: Store) -> None:
    store.create("a", b"first")
    with pytest.raises(AlreadyThere):
        store.create("a", b"second")
    found = store.read("a")
    assert found is not None
    assert found.content == b"first"


@every_store
def test_replaces_only_what_is_as_it_was_seen(store: Store) -> None:
    first = store.create("a", b"first")
    second = store.replace("a", b"second", first)
    with pytest.raises(Outdated):
        store.replace("a", b"third", first)
    store.replace("a", b"third", second)
    found = store.read("a")
    assert found is not None
    assert found.content == b"third"


@every_store
def test_lists_all_levels(store: Store) -> None:
    for path in ("data/raw/a", "data/raw/b/c", "data/reference/d"):
        store.put(path, path.encode())
    assert {one.path: one.bytes for one in store.list("data/raw")} == {"data/raw/a": 10, "data/raw/b/c": 12}
    assert len(list(store.list())) == 3


@every_store
def test_copies_and_deletes(store: Store) -> None:
    store.put("a", b"content")
    store.copy("a", "deep/b")
    store.delete("a")
    assert [one.path for one in store.list()] == ["deep/b"]


@every_store
def test_refuses_a_record_that_is_too_large(store: Store) -> None:
    store.put("a", b"content")
    with pytest.raises(StoreError, match="7 bytes, more than the 6"):
        store.read("a", limit=6)


@with_large_files
@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_files_go_there_and_back(store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    passed: list[int] = []
    store.send("a/file", tmp_path / "file", digest(content), passed.append)
    store.fetch("a/file", tmp_path / "back", sha256=digest(content), size=len(content), progress=passed.append)
    assert (tmp_path / "back").read_bytes() == content
    assert sum(passed) == 2 * len(content)
    assert sorted(one.name for one in tmp_path.glob("*.partial")) == []


@with_large_files
@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_a_fetched_file_appears_only_if_it_is_right(store: Store, tmp_path: Path, content: bytes) -> None:
    store.put("a", flip(content, 8 * len(content) - 1))
    with pytest.raises(Damaged, match="damaged"):
        store.fetch("a", tmp_path / "back", sha256=digest(content), size=len(content))
    assert not (tmp_path / "back").exists()


@with_large_files
def test_a_large_fetch_goes_on_where_it_stopped(store: Store, tmp_path: Path) -> None:
    store.put("a", LONG)
    holes = bytes(SPANS * SPAN - 5)  # of the spans begun last none need be whole
    (tmp_path / "back.partial").write_bytes(LONG[: 2 * SPAN] + holes)
    parts: list[int] = []
    store.fetch("a", tmp_path / "back", sha256=digest(LONG), size=len(LONG), progress=parts.append)
    assert (tmp_path / "back").read_bytes() == LONG
    assert parts[0] == 2 * SPAN
    assert sum(parts) == len(LONG)


@with_large_files
@pytest.mark.parametrize("left", [LARGE[: SPANS * SPAN], LARGE + b"more"], ids=["short", "long"])
def test_what_cannot_be_gone_on_with_is_fetched_anew(store: Store, tmp_path: Path, left: bytes) -> None:
    store.put("a", LARGE)
    (tmp_path / "back.partial").write_bytes(left)
    parts: list[int] = []
    store.fetch("a", tmp_path / "back", sha256=digest(LARGE), size=len(LARGE), progress=parts.append)
    assert (tmp_path / "back").read_bytes() == LARGE
    assert parts[0] == 0


@with_large_files
def test_a_beginning_of_another_content_is_not_gone_on_with(store: Store, tmp_path: Path) -> None:
    store.put("a", LONG)
    (tmp_path / "back.partial").write_bytes(flip(LONG[:SPAN]) + LONG[SPAN:])
    store.fetch("a", tmp_path / "back", sha256=digest(LONG), size=len(LONG))
    assert (tmp_path / "back").read_bytes() == LONG


@with_large_files
def test_a_damaged_object_leaves_nothing_of_a_large_fetch(store: Store, tmp_path: Path) -> None:
    store.put("a", flip(LONG, 8 * len(LONG) - 1))
    (tmp_path / "back.partial").write_bytes(LONG)
    with pytest.raises(Damaged):
        store.fetch("a", tmp_path / "back", sha256=digest(LONG), size=len(LONG))
    assert list(tmp_path.glob("back*")) == []


@with_large_files
def test_what_stands_in_the_way_of_a_fetch_is_named(store: Store, tmp_path: Path) -> None:
    store.put("a", LONG)
    (tmp_path / "back.partial").mkdir()
    with pytest.raises(StoreError, match=r"back\.partial: cannot be"):
        store.fetch("a", tmp_path / "back", sha256=digest(LONG), size=len(LONG))
    with pytest.raises(NotThere, match="/gone: not there"):
        store.fetch("gone", tmp_path / "other", sha256=digest(LONG), size=len(LONG))


@with_large_files
def test_an_object_that_changes_while_it_is_streamed_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PART", SPAN)
    store.put("a", LONG)
    parts = store.chunks("a")
    assert next(parts) == LONG[:SPAN]
    store.put("a", flip(LONG))
    with pytest.raises(Outdated):
        list(parts)


@with_large_files
def test_what_is_more_than_s3_copies_at_once_travels(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LARGEST_COPY", PART)
    store.put("a", LONG)
    store.copy("a", "b", len(LONG))
    assert b"".join(store.chunks("b")) == LONG


@with_large_files
def test_an_object_that_is_shorter_than_recorded_is_damaged(store: Store, tmp_path: Path) -> None:
    store.put("a", LARGE[:-20])
    with pytest.raises(StoreError):
        store.fetch("a", tmp_path / "back", sha256=digest(LARGE), size=len(LARGE))
    assert not (tmp_path / "back").exists()


@with_large_files
@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_a_file_that_changes_while_it_is_sent_is_told(store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(flip(content))
    with pytest.raises(StoreError, match="was changed while it was sent"):
        store.send("a", tmp_path / "file", digest(content))


@with_large_files
@pytest.mark.parametrize("size", [5, len(LARGE)], ids=["small", "large"])
def test_nothing_appears_of_a_stream_that_breaks(store: Store, size: int) -> None:
    def chunks() -> object:
        yield b"x" * (size - 1)
        raise Damaged("broken off")

    with pytest.raises(StoreError, match="broken off"):
        store.stream("a", chunks(), size)  # type: ignore[arg-type]
    assert store.look("a") is None


@every_store
def test_reading_what_is_not_there_is_told(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="gone: not there"):
        store.fetch("gone", tmp_path / "back", sha256="", size=0)
    with pytest.raises(NotThere):
        store.digest("gone")


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/out", "a//b", ""])
def test_a_folder_store_stays_in_its_folder(store: Store, tmp_path: Path, path: str) -> None:
    with pytest.raises(StoreError):
        store.put(path, b"content")
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_folder_that_is_not_there_is_empty_and_stays_away(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotThere):
        store.digest("etc/passwd")
    with pytest.raises(NotThere):
        store.fetch("etc/passwd", tmp_path / "back", sha256="", size=0)
    assert not (tmp_path / "store").exists()


def test_a_disk_without_links_keeps_the_promises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    store = FolderStore(tmp_path / "store")
    store.create("a", b"first")
    with pytest.raises(AlreadyThere):
        store.create("a", b"second")
    store.copy("a", "b")
    assert b"".join(store.chunks("b")) == b"first"
