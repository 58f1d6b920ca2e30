from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.layout import kept
from cardlens.store.local import LocalTree
from cardlens.store.manifest import manifest_path, sha256
from cardlens.store.objects import Store
from cardlens.store.pointer import read_pointer, write_pointer
from cardlens.store.pull import of_sets, plan_pulling, pull
from cardlens.store.switch import Switch
from tests.store.conftest import every_store
from tests.store.trees import DATABASE, RAW, REFERENCE, SCANS, fetch, flip, push, read, write

MANY = int(os.environ.get("CARDLENS_SCANS", "3"))  # 17592: as many as the seed has


class Counting:
    """A store that counts its requests."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> object:
        found = getattr(self._store, name)
        if callable(found) and name != "at":
            self.calls.append(name)
        return found


@every_store
def test_a_sync_with_nothing_to_do_is_one_listing(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    write(tree, "raw", {f"card_images/base1-{number}.png": f"scan {number}".encode() for number in range(MANY)})
    for name, its_set in (("raw", RAW), ("reference", REFERENCE)):
        push(store, tree, name)
        fetch(store, other_tree, name)
        plan_pulling(store, its_set, other_tree)
        counting = Counting(store)
        assert plan_pulling(counting, its_set, other_tree).is_empty  # type: ignore[arg-type]
        assert counting.calls == ["list"]


def test_fetches_only_what_is_not_here(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(other_tree, "raw", {"card_images/sv1-1.png": SCANS["card_images/sv1-1.png"], "card_images/sv2-1.png": b"old"})
    plan = plan_pulling(store, RAW, other_tree)
    assert (set(plan.fetches), set(plan.replaces)) == ({"card_images/sv3-1.png"}, {"card_images/sv2-1.png"})
    pull(store, plan, other_tree)
    assert read(other_tree, "raw") == SCANS


def test_what_else_is_here_stays(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(other_tree, "raw", {"card_images/mine-1.png": b"mine"})
    assert fetch(store, other_tree, "raw") == {**SCANS, "card_images/mine-1.png": b"mine"}


def test_only_some_sets(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    pull(store, plan_pulling(store, RAW, other_tree, sets=["sv[12]"]), other_tree)
    assert set(read(other_tree, "raw")) == {"card_images/sv1-1.png", "card_images/sv2-1.png"}
    with pytest.raises(StoreError, match="pulled as a whole"):
        plan_pulling(store, REFERENCE, other_tree, sets=["sv1"]) if push(store, tree, "reference") else None


@pytest.mark.parametrize(
    ("path", "sets", "expected"),
    [
        ("card_images/sv3pt5-25.png", ["sv*"], True),
        ("classification/train/sv3pt5-25/0.png", ["sv3pt5"], True),
        ("card_images/base1-4.png", ["sv*", "base1"], True),
        ("card_images/base1-4.png", ["base"], False),
        ("notes.txt", ["*"], False),
    ],
)
def test_the_set_of_a_file(path: str, sets: list[str], expected: bool) -> None:
    assert of_sets(path, sets) is expected


@every_store
def test_refuses_what_was_changed_past_the_records(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    store.put("data/raw/card_images/sv1-1.png", b"other")
    with pytest.raises(Damaged, match=r"sv1-1.png: was changed or deleted past the records.*store verify raw"):
        fetch(store, other_tree, "raw")
    assert read(other_tree, "raw") == {}


def rot(store: Store, path: str) -> None:
    """Flip a bit where it lies, as a disk would: the size and the times stay."""
    file = Path(store.address) / path
    before = file.stat()
    file.chmod(0o644)
    with file.open("r+b") as stream:
        content = stream.read()
        stream.seek(0)
        stream.write(flip(content, 3))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("place", [*(f"data/reference/{path}" for path in DATABASE if DATABASE[path])])
def test_refuses_any_flipped_bit_and_leaves_what_is_in_use(
    store: Store, tree: LocalTree, other_tree: LocalTree, place: str
) -> None:
    push(store, tree, "reference")
    fetch(store, other_tree, "reference")
    write(tree, "reference", {path: content + b"2" for path, content in DATABASE.items()})
    push(store, tree, "reference")
    rot(store, place)
    with pytest.raises(Damaged):
        fetch(store, other_tree, "reference")
    assert read(other_tree, "reference") == DATABASE


@pytest.mark.parametrize("record", ["current.json", "versions/v1.0.json"])
@pytest.mark.parametrize("bit", [5, 77, 400])
def test_refuses_a_flipped_bit_in_a_record(
    store: Store, tree: LocalTree, other_tree: LocalTree, record: str, bit: int
) -> None:
    push(store, tree, "raw")
    path = f"data/raw/.cardlens/{record}"
    found = store.read(path)
    assert found is not None
    store.put(path, flip(found.content, bit))
    with pytest.raises(Damaged):
        fetch(store, other_tree, "raw")


def test_an_old_version_comes_from_its_copy(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(tree, "raw", {"card_images/sv1-1.png": b"new"})
    manifest = push(store, tree, "raw")
    assert fetch(store, other_tree, "raw", "v1.0") == SCANS
    store.delete(kept(manifest.files["card_images/sv2-1.png"].sha256))
    store.delete("data/raw/card_images/sv2-1.png")
    with pytest.raises(Damaged, match="lost or damaged"):
        fetch(store, LocalTree(other_tree.root / "third"), "raw", "v1.0")


@pytest.mark.parametrize("path", ["../out", "/etc/passwd", "a/../../b", ".cardlens/x", "a\\b", "a//b", "a\nb"])
def test_a_manifest_cannot_write_elsewhere(store: Store, tree: LocalTree, other_tree: LocalTree, path: str) -> None:
    push(store, tree, "raw")
    place = manifest_path(RAW, "v1.0")
    found = store.read(place)
    assert found is not None
    record = json.loads(found.content)
    record["files"][path] = next(iter(record["files"].values()))
    store.put(place, json.dumps(record).encode())
    held = read_pointer(store, RAW)
    events = (replace(held.pointer.history[0], digest=sha256(json.dumps(record).encode())),)
    write_pointer(store, RAW, replace(held.pointer, history=events), held.tag)
    with pytest.raises(Damaged, match="leads outside"):
        fetch(store, other_tree, "raw")


def test_says_what_to_do_where_there_is_nothing(store: Store, other_tree: LocalTree) -> None:
    with pytest.raises(NotThere, match="publish it first"):
        plan_pulling(store, RAW, other_tree)
    store.put("data/raw/card_images/sv1-1.png", b"by other means")
    with pytest.raises(NotThere, match="cardlens store adopt raw"):
        plan_pulling(store, RAW, other_tree)


def test_says_which_versions_there_are(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw")
    with pytest.raises(NotThere, match=r"no version v7.0; there are: v1.0"):
        plan_pulling(store, RAW, tree, "v7.0")


class TestSwitching:
    def test_a_database_comes_into_use_in_one_step_and_goes_back(
        self, store: Store, tree: LocalTree, other_tree: LocalTree
    ) -> None:
        push(store, tree, "reference")
        fetch(store, other_tree, "reference")
        write(tree, "reference", {"metadata.json": b'{"2": 2}'})
        push(store, tree, "reference")
        fetch(store, other_tree, "reference")
        switch = Switch(other_tree, REFERENCE)
        assert switch.in_use == "v1.1"
        switch.use(switch.previous())
        assert read(other_tree, "reference") == DATABASE
        assert switch.previous() == "v1.1"

    def test_who_has_the_old_version_open_keeps_it(self, store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
        push(store, tree, "reference")
        fetch(store, other_tree, "reference")
        with (other_tree.folder(REFERENCE) / "embeddings.npy").open("rb") as stream:
            write(tree, "reference", {"embeddings.npy": b"new"})
            push(store, tree, "reference")
            assert fetch(store, other_tree, "reference")["embeddings.npy"] == b"new"
            assert stream.read() == DATABASE["embeddings.npy"]

    def test_a_folder_that_was_there_before_is_kept(self, store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
        push(store, tree, "reference")
        write(other_tree, "reference", {"metadata.json": b"from aws s3 sync"})
        assert fetch(store, other_tree, "reference") == DATABASE
        switch = Switch(other_tree, REFERENCE)
        switch.use(switch.previous())
        assert read(other_tree, "reference") == {"metadata.json": b"from aws s3 sync"}

    def test_a_version_that_has_rotted_here_is_put_right(
        self, store: Store, tree: LocalTree, other_tree: LocalTree
    ) -> None:
        push(store, tree, "reference")
        fetch(store, other_tree, "reference")
        (other_tree.folder(REFERENCE) / "metadata.json").write_bytes(b"rotten")
        assert fetch(store, other_tree, "reference") == DATABASE
        assert plan_pulling(store, REFERENCE, other_tree).is_empty

    def test_there_is_nothing_before_the_first(self, store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
        push(store, tree, "reference")
        fetch(store, other_tree, "reference")
        with pytest.raises(NotThere, match="no earlier version here"):
            Switch(other_tree, REFERENCE).previous()
