"""What is lost comes back: rollback, backup, restore, drills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup, verify_backup
from cardlens.store.drill import Drills
from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.layout import DATASETS
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.restore import plan_restore, restore
from cardlens.store.retention import plan_retention, retain
from cardlens.store.rollback import plan_rollback, roll_back
from cardlens.store.snapshot import load_snapshot, snapshot_times
from cardlens.store.survey import current, survey
from cardlens.store.verify import verify_store
from tests.store.conftest import KINDS, every_store, new_store
from tests.store.trees import DATABASE, RAW, REFERENCE, SCANS, fetch, flip, push, write


def published(store: Store, tree: LocalTree) -> Store:
    """Publish two versions of a database and of scans, and put something that is in no version."""
    for name, path in (("reference", "metadata.json"), ("raw", "card_images/sv1-1.png")):
        push(store, tree, name)
        write(tree, name, {path: b"second version"})
        push(store, tree, name)
    store.put("README.md", b"# Cards")
    return store


@pytest.fixture
def backup(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "backup"))


def saved(store: Store, backup: Store) -> Store:
    back_up(store, backup, plan_backup(store, backup))
    return backup


@every_store
def test_a_bad_release_is_taken_back(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    published(store, tree)
    for its_set, files in ((REFERENCE, DATABASE), (RAW, SCANS)):
        plan = plan_rollback(store, its_set)
        assert len(plan.puts) == 1
        roll_back(store, plan, "names Pikachu wrongly")
        assert fetch(store, other_tree, its_set.name) == files
        found = {path: store.read(f"{its_set.path}/{path}") for path in files}
        assert {path: one.content for path, one in found.items() if one} == files
        assert survey(store, its_set).held.pointer.history[-1].note == "names Pikachu wrongly"
    assert verify_store(store, DATASETS) == []
    assert push(store, tree, "raw").version == "v1.2"


def test_there_must_be_something_to_go_back_to(store: Store, tree: LocalTree) -> None:
    with pytest.raises(NotThere, match="nothing was ever published"):
        plan_rollback(store, RAW)
    push(store, tree, "raw")
    with pytest.raises(NotThere, match="is the only version"):
        plan_rollback(store, RAW)


@pytest.mark.parametrize("kind", KINDS)
@every_store
def test_a_lost_store_is_rebuilt_with_its_versions(
    store: Store, kind: str, tree: LocalTree, backup: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    saved(published(store, tree), backup)
    target = new_store(request, kind, tmp_path, "rebuilt")
    restore(backup, plan_restore(backup, load_snapshot(backup), target), target)
    assert verify_store(target, DATASETS) == []
    assert plain(target) == plain(store)
    for version in ("v1.0", "v1.1"):
        for name in ("reference", "raw"):
            trees = LocalTree(tmp_path / f"old-{version}"), LocalTree(tmp_path / f"new-{version}")
            assert fetch(target, trees[1], name, version) == fetch(store, trees[0], name, version)
    write(tree, "raw", {"card_images/sv5-1.png": b"life goes on"})
    assert push(target, tree, "raw").version == "v1.2"


def plain(store: Store) -> dict[str, bytes]:
    """Read all that is not kept for older versions, nor says where in this very store something is."""
    ours = (".cardlens/", "places.json")
    paths = [one.path for one in store.list() if not one.path.startswith(ours[0]) and not one.path.endswith(ours[1])]
    found = {path: store.read(path) for path in paths}
    return {path: one.content for path, one in found.items() if one}


def test_a_backup_copies_each_content_once(store: Store, tree: LocalTree, backup: Store) -> None:
    saved(published(store, tree), backup)
    again = plan_backup(store, backup)
    assert (len(again.missing), again.bytes) == (0, 0)
    assert again.known.keys() == again.loose.keys()
    write(tree, "raw", {"card_images/sv6-1.png": b"new"})
    push(store, tree, "raw")
    assert len(plan_backup(store, backup).missing) == 1


def test_an_earlier_state_comes_back(store: Store, tree: LocalTree, backup: Store, tmp_path: Path) -> None:
    push(store, tree, "raw")
    first = back_up(store, backup, plan_backup(store, backup))
    write(tree, "raw", {"card_images/sv1-1.png": b"second version"})
    push(store, tree, "raw")
    saved(store, backup)
    target = open_store(str(tmp_path / "target"))
    restore(backup, plan_restore(backup, load_snapshot(backup, first.at), target), target)
    manifest = current(target, RAW)
    assert manifest is not None
    assert manifest.version == "v1.0"
    with pytest.raises(NotThere, match=r"no backup of 2001-01-01 or before; the first is of"):
        load_snapshot(backup, "2001-01-01")
    with pytest.raises(StoreError, match="not a time"):
        load_snapshot(backup, "yesterday")


def test_what_is_rotten_does_not_get_into_a_backup(store: Store, tree: LocalTree, backup: Store) -> None:
    published(store, tree)
    file = Path(store.address) / "data/raw/card_images/sv2-1.png"
    file.chmod(0o644)
    file.write_bytes(b"rotten")
    with pytest.raises(Damaged, match="no snapshot was made"):
        saved(store, backup)
    assert snapshot_times(backup) == {}
    assert verify_backup(backup) == []


@pytest.mark.parametrize("which", ["objects", "snapshots"])
def test_a_flipped_bit_in_a_backup_is_found_and_not_restored(
    store: Store, tree: LocalTree, backup: Store, tmp_path: Path, which: str
) -> None:
    saved(published(store, tree), backup)
    assert verify_backup(backup) == []
    for listed in list(backup.list(which)):
        found = backup.read(listed.path)
        assert found is not None
        backup.put(listed.path, flip(found.content, 11))
        assert len(verify_backup(backup)) == 1
        target = open_store(str(tmp_path / listed.path.rpartition("/")[2]))
        with pytest.raises(Damaged):
            restore(backup, plan_restore(backup, load_snapshot(backup), target), target)
        assert survey(target, RAW).held.tag is None or which == "objects"
        backup.put(listed.path, found.content)


def test_old_snapshots_leave_with_what_only_they_name(store: Store, tree: LocalTree, backup: Store) -> None:
    store.put("README.md", b"first")
    push(store, tree, "raw")
    saved(store, backup)
    store.put("README.md", b"second")
    saved(store, backup)
    going = plan_retention(backup, 1)
    assert (len(going.snapshots), len(going.objects)) == (1, 1)
    retain(backup, going)
    assert verify_backup(backup) == []
    assert len(snapshot_times(backup)) == 1
    assert plan_retention(backup, 1).objects == ()


def test_restores_only_into_an_empty_place(store: Store, tree: LocalTree, backup: Store, tmp_path: Path) -> None:
    saved(published(store, tree), backup)
    with pytest.raises(StoreError, match="not empty"):
        plan_restore(backup, load_snapshot(backup), store)
    target = open_store(str(tmp_path / "target"))
    restore(backup, plan_restore(backup, load_snapshot(backup), target), target)
    with pytest.raises(StoreError, match="not empty"):
        plan_restore(backup, load_snapshot(backup), target)


@pytest.mark.parametrize("kind", KINDS[1:3])
def test_the_drills_pass(
    store: Store,
    kind: str,
    tree: LocalTree,
    backup: Store,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    saved(published(store, tree), backup)
    before = plain(store)
    scratch = new_store(request, kind, tmp_path, "scratch")
    drills = list(Drills(store, backup, scratch, tmp_path / "drill").run())
    assert [(one.name, one.passed, one.report if not one.passed else "") for one in drills] == [
        ("the bucket is lost", True, ""),
        ("a bad release", True, ""),
        ("an object rots", True, ""),
    ]
    assert all(one.bytes > 0 for one in drills)
    for one in drills:
        record_property("drill", f"{one.name} ({kind}): {one.seconds:.1f} s, {one.bytes:,} bytes; {one.report}")
    assert plain(store) == before


def test_a_drill_that_fails_says_so(store: Store, tree: LocalTree, backup: Store, tmp_path: Path) -> None:
    saved(published(store, tree), backup)
    for listed in list(backup.list("objects")):
        backup.put(listed.path, b"rotten")
    drills = list(Drills(store, backup, open_store(str(tmp_path / "scratch")), tmp_path / "drill").run())
    assert [one.passed for one in drills] == [False, False, False]
    assert "damaged" in drills[0].report


def test_no_backup_is_no_drill(store: Store, tree: LocalTree, backup: Store, tmp_path: Path) -> None:
    published(store, tree)
    with pytest.raises(StoreError, match="no backup"):
        next(Drills(store, backup, open_store(str(tmp_path / "scratch")), tmp_path / "drill").run())
