"""Records that are lost, and what is registered: found, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup
from cardlens.store.errors import Damaged
from cardlens.store.heal import Healer, find_lost, heal_all
from cardlens.store.layout import DATASETS
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.places import decode_places
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.restore import plan_restore, restore
from cardlens.store.rollback import plan_rollback, roll_back
from cardlens.store.snapshot import load_snapshot
from cardlens.store.survey import survey
from cardlens.store.verify import Finding, verify_store
from tests.store.conftest import every_store
from tests.store.registered import a_version, contents, put_files
from tests.store.trees import RAW, fetch, flip, push, write

POINTER, PLACES = (f"data/raw/.cardlens/{name}.json" for name in ("current", "places"))
MANIFESTS = [f"data/raw/.cardlens/versions/{version}.json" for version in ("v1.0", "v1.1")]


@pytest.fixture
def backup(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "backup"))


@pytest.fixture
def two_versions(store: Store, tree: LocalTree) -> Store:
    push(store, tree, "raw")
    write(tree, "raw", {"card_images/sv1-1.png": b"scan X"})  # as long as it was
    push(store, tree, "raw")
    return store


def wrong(store: Store, backup: Store) -> list[Finding]:
    return [*verify_store(store, DATASETS), *find_lost(store, load_snapshot(backup), DATASETS)]


def healed(store: Store, backup: Store) -> bool:
    healer = Healer(store, backup, load_snapshot(backup))
    healings = heal_all(healer, wrong(store, backup), lambda: wrong(store, backup))
    assert [one.problem for one in healings] == [""] * len(healings)
    return bool(healings) and wrong(store, backup) == []


@pytest.mark.parametrize("lost", [[POINTER], MANIFESTS[:1], MANIFESTS[1:], MANIFESTS, [POINTER, *MANIFESTS]])
@every_store
def test_lost_records_are_found_and_come_back(two_versions: Store, backup: Store, lost: list[str]) -> None:
    store = two_versions
    back_up(store, backup, plan_backup(store, backup))
    before = {path: store.read(path) for path in lost}
    for path in lost:
        store.delete(path)
    assert set(lost) <= {one.record for one in wrong(store, backup)}
    if lost != [POINTER, *MANIFESTS]:  # without any record there is nothing that names them
        assert set(lost) <= {one.record for one in verify_store(store, DATASETS)}
    assert healed(store, backup)
    assert {path: found.content for path in lost if (found := store.read(path))} == {
        path: found.content for path, found in before.items() if found
    }


def test_a_lost_pointer_is_no_empty_data_set(two_versions: Store, tree: LocalTree) -> None:
    two_versions.delete(POINTER)
    with pytest.raises(Damaged, match=r"current\.json: missing, though there is v1\.0, v1\.1; heal it"):
        push(two_versions, tree, "raw")


def test_contents_of_older_versions_are_read_though_a_record_is_lost(two_versions: Store) -> None:
    two_versions.delete(MANIFESTS[1])
    older = next(one.path for one in two_versions.list(".cardlens/kept") if one.bytes == len(b"scan 1"))
    Path(two_versions.address, older).chmod(0o644)
    Path(two_versions.address, older).write_bytes(b"rotten")
    findings = verify_store(two_versions, DATASETS)
    assert {one.record for one in findings if one.record} == {MANIFESTS[1]}
    assert any("damaged: SHA-256" in one.problem for one in findings)


@every_store
def test_a_flipped_bit_in_the_record_of_places_is_found_and_it_is_made_again(
    two_versions: Store, tree: LocalTree, other_tree: LocalTree
) -> None:
    store = two_versions
    roll_back(store, plan_rollback(store, RAW))
    found = store.read(PLACES)
    assert found is not None
    for bit in range(3, 8 * len(found.content), 97):
        store.put(PLACES, flip(found.content, bit))
        findings = verify_store(store, DATASETS)
        assert [one.record for one in findings] == [PLACES], bit
        assert [one.problem for one in Healer(store).heal(findings)] == [""]
        assert verify_store(store, DATASETS) == []
    assert fetch(store, other_tree, "raw", "v1.1")["card_images/sv1-1.png"] == b"scan X"
    assert fetch(store, other_tree, "raw", "v1.0")["card_images/sv1-1.png"] == b"scan 1"


def test_a_record_of_places_from_before_the_seal_is_read() -> None:
    places = decode_places(b'{"seal":{"ab":["tag","version"],"cd":[null,null]}}', "here")
    assert (places["seal"]["ab"].e_tag, places["seal"]["cd"].version) == ("tag", None)


@every_store
def test_an_older_version_of_a_restored_store_is_pulled_though_files_are_as_long(
    two_versions: Store, backup: Store, other_tree: LocalTree, tmp_path: Path
) -> None:
    back_up(two_versions, backup, plan_backup(two_versions, backup))
    target = open_store(str(tmp_path / "target"))
    restore(backup, plan_restore(backup, load_snapshot(backup), target), target)
    assert fetch(target, other_tree, "raw", "v1.0")["card_images/sv1-1.png"] == b"scan 1"


@every_store
def test_what_is_published_again_after_a_rollback_is_no_change_past_the_records(
    two_versions: Store, tree: LocalTree
) -> None:
    roll_back(two_versions, plan_rollback(two_versions, RAW))
    for scan in (b"scan Y", b"scan 1"):
        write(tree, "raw", {"card_images/sv1-1.png": scan})
        push(two_versions, tree, "raw")
    assert survey(two_versions, RAW).altered == []
    assert verify_store(two_versions, DATASETS) == []


@pytest.fixture
def registered(store: Store, backup: Store) -> Store:
    registry = StoreRegistry(store)
    for name in ("v1.0", "v2.0"):
        put_files(store, contents(name))
        registry.register(a_version(name), "ash@lab")
    back_up(store, backup, plan_backup(store, backup))
    return store


@pytest.mark.parametrize("how", ["lost", "rotten"])
def test_what_is_registered_is_verified_and_healed(registered: Store, backup: Store, how: str) -> None:
    paths = [one.path for one in registered.list("models/registry")]
    assert len(paths) == 10
    for path in paths:
        found = registered.read(path)
        assert found is not None
        if how == "lost":
            registered.delete(path)
        else:
            registered.put(path, flip(found.content, 8 * (len(found.content) // 2)))
        assert healed(registered, backup), path
        again = registered.read(path)
        assert again is not None
        assert again.content == found.content


def test_verify_reads_what_is_registered_without_a_backup(registered: Store) -> None:
    place = next(one.path for one in registered.list("models/registry") if "/files/" in one.path)
    registered.delete(place)
    [finding] = verify_store(registered, DATASETS)
    assert (finding.place, finding.problem) == (registered.at(place), "missing")
    assert verify_store(registered, [RAW]) == []
    [healing] = Healer(registered).heal([finding])
    assert "name a backup: --from URL" in healing.problem
