"""A backup is of one state, and a broken record neither stops it nor gets into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup, verify_backup
from cardlens.store.errors import Damaged
from cardlens.store.layout import DATASETS
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.restore import plan_restore, restore
from cardlens.store.retention import plan_retention, retain
from cardlens.store.snapshot import Snapshot, latest_of, load_snapshot, snapshot_for, snapshot_times
from cardlens.store.survey import current
from cardlens.store.verify import verify_store
from tests.store.conftest import every_store
from tests.store.registered import a_version, contents, put_files
from tests.store.trees import RAW, fetch, flip, push, write

POINTER = "data/raw/.cardlens/current.json"
FIRST, SECOND = (f"data/raw/.cardlens/versions/{version}.json" for version in ("v1.0", "v1.1"))


@pytest.fixture
def backup(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "backup"))


def saved(store: Store, backup: Store) -> Snapshot:
    return back_up(store, backup, plan_backup(store, backup))


def restored(backup: Store, folder: Path) -> Store:
    target = open_store(str(folder))
    restore(backup, plan_restore(backup, load_snapshot(backup), target), target)
    return target


def push_another(store: Store, tree: LocalTree) -> None:
    write(tree, "raw", {"card_images/sv1-1.png": b"another scan"})
    push(store, tree, "raw")


def backed_up_and_lost(store: Store, tree: LocalTree, backup: Store) -> Snapshot:
    """Back up two versions, then lose all records of them."""
    push(store, tree, "raw")
    push_another(store, tree)
    first = saved(store, backup)
    for listed in list(store.list("data/raw/.cardlens")):
        store.delete(listed.path)
    return first


@every_store
def test_a_publication_meanwhile_leaves_the_snapshot_of_one_state(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path
) -> None:
    push(store, tree, "raw")
    plan = plan_backup(store, backup)
    push_another(store, tree)
    back_up(store, backup, plan)
    target = restored(backup, tmp_path / "target")
    assert verify_store(target, DATASETS) == []
    manifest = current(target, RAW)
    assert manifest is not None
    assert manifest.version == "v1.0"


def test_a_publication_while_it_is_planned_too(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between the reading of the records and the listing."""
    push(store, tree, "raw")

    def read_late(its_backup: Store, source: str) -> Snapshot | None:
        push_another(store, tree)
        return latest_of(its_backup, source)

    monkeypatch.setattr("cardlens.store.backup.latest_of", read_late)
    saved(store, backup)
    assert verify_store(restored(backup, tmp_path / "target"), DATASETS) == []


def test_a_lost_pointer_is_told_and_nothing_leaves_the_backup(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path
) -> None:
    first = backed_up_and_lost(store, tree, backup)
    push(store, tree, "reference")
    plan = plan_backup(store, backup)
    assert list(plan.faults) == [POINTER]
    assert "though the backup of" in str(plan.faults[POINTER])
    second = back_up(store, backup, plan)
    assert first.digests.items() <= second.digests.items()
    retain(backup, plan_retention(backup, 1))
    assert verify_backup(backup) == []
    target = restored(backup, tmp_path / "target")
    assert verify_store(target, DATASETS) == []
    assert fetch(target, LocalTree(tmp_path / "old"), "raw", "v1.0")["card_images/sv1-1.png"] == b"scan 1"


def test_a_history_that_was_begun_anew_is_told_once_and_deletes_nothing_then(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path
) -> None:
    first = backed_up_and_lost(store, tree, backup)
    push(store, tree, "raw")
    plan = plan_backup(store, backup)
    assert sorted(plan.faults) == [FIRST, SECOND]
    assert f"no version any more, as the history was begun anew since the backup of {first.at}" in str(
        plan.faults[SECOND]
    )
    assert first.contents.items() <= back_up(store, backup, plan).contents.items()
    assert verify_store(restored(backup, tmp_path / "target"), DATASETS) == []
    assert plan_backup(store, backup).faults == {}


@pytest.mark.parametrize("record", [FIRST, SECOND])
@pytest.mark.parametrize("how", ["lost", "damaged"])
def test_a_broken_manifest_stops_no_other_data_set(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path, record: str, how: str
) -> None:
    push(store, tree, "raw")
    push_another(store, tree)
    saved(store, backup)
    found = store.read(record)
    assert found is not None
    if how == "lost":
        store.delete(record)
    else:
        store.put(record, flip(found.content, 99))
    push(store, tree, "reference")
    plan = plan_backup(store, backup)
    assert list(plan.faults) == [record]
    snapshot = back_up(store, backup, plan)
    assert "data/reference/.cardlens/current.json" in snapshot.objects
    assert verify_store(restored(backup, tmp_path / "target"), DATASETS) == []


def test_what_is_registered_is_checked_before_it_is_saved(store: Store, backup: Store) -> None:
    files = contents("v1.0")
    put_files(store, files)
    version = a_version("v1.0", files)
    place = f"models/registry/pokemon-card-embedding/files/{version.files['models/embedder.onnx'].sha256}"
    right = files["models/embedder.onnx"]
    store.put(place, flip(right))
    with pytest.raises(Damaged, match=r"embedding/files/.*: damaged.*heal it.*no snapshot was made"):
        saved(store, backup)
    assert snapshot_times(backup) == {}
    store.put(place, right)
    saved(store, backup)
    store.put(place, flip(right))
    assert saved(store, backup).objects[place].sha256 == version.files["models/embedder.onnx"].sha256
    assert verify_backup(backup) == []


def test_what_is_deleted_meanwhile_is_not_of_the_snapshot(store: Store, tree: LocalTree, backup: Store) -> None:
    push(store, tree, "raw")
    store.put("README.md", b"# Cards")
    plan = plan_backup(store, backup)
    store.delete("README.md")
    assert "README.md" not in back_up(store, backup, plan).objects


def test_each_store_of_a_shared_backup_keeps_its_own(tree: LocalTree, backup: Store, tmp_path: Path) -> None:
    ours, theirs = (open_store(str(tmp_path / name)) for name in ("ours", "theirs"))
    push(ours, tree, "raw")
    mine = saved(ours, backup)
    push(theirs, tree, "reference")
    for word in (b"1", b"2", b"3"):
        theirs.put("README.md", word)
        last = saved(theirs, backup)
    retain(backup, plan_retention(backup, 1))
    assert sorted(snapshot_times(backup)) == [mine.at, last.at]
    assert verify_backup(backup) == []
    assert snapshot_for(backup, ours.address).at == mine.at


def test_a_damaged_snapshot_stops_no_backup_and_no_healing_and_nothing_is_deleted(
    store: Store, tree: LocalTree, backup: Store
) -> None:
    push(store, tree, "raw")
    first, second = saved(store, backup), saved(store, backup)
    found = backup.read(second.path)
    assert found is not None
    backup.put(second.path, flip(found.content, 99))
    assert snapshot_for(backup, store.address) == first
    saved(store, backup)
    with pytest.raises(Damaged, match=r"snapshots/.*: damaged, and nothing is deleted.*; delete this file"):
        plan_retention(backup, 1)
