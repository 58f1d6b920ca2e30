from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.backup import back_up, plan_backup
from cardlens.store.heal import Healer
from cardlens.store.layout import DATASETS
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.snapshot import load_snapshot
from cardlens.store.verify import verify_local, verify_store
from tests.store.conftest import every_store
from tests.store.trees import RAW, REFERENCE, SCANS, fetch, flip, push, write


@pytest.fixture
def two_versions(store: Store, tree: LocalTree) -> Store:
    push(store, tree, "raw")
    push(store, tree, "reference")
    write(tree, "raw", {"card_images/sv1-1.png": b"another scan"})
    push(store, tree, "raw")
    return store


@every_store
def test_a_store_as_it_was_published_is_sound(two_versions: Store) -> None:
    assert verify_store(two_versions, DATASETS) == []


def test_a_flipped_bit_in_any_object_is_found_and_healed(two_versions: Store, tmp_path: Path) -> None:
    """Each object in turn, records and kept copies too; folder stores can be broken as a disk breaks them."""
    store = two_versions
    backup = open_store(str(tmp_path / "backup"))
    back_up(store, backup, plan_backup(store, backup))
    places = sorted(one.path for one in store.list() if one.bytes)
    assert len(places) > 15
    for place in places:
        file = Path(store.address) / place
        file.chmod(0o644)
        content = file.read_bytes()
        file.write_bytes(flip(content, 8 * (len(content) // 2)))
        findings = verify_store(store, DATASETS)
        assert findings, place
        healings = Healer(store, backup, load_snapshot(backup)).heal(findings)
        assert [one.problem for one in healings] == [""] * len(healings), place
        assert verify_store(store, DATASETS) == [], place
        assert (Path(store.address) / place).read_bytes() == content


@every_store
def test_what_is_gone_is_found_and_healed_from_another_copy(two_versions: Store) -> None:
    two_versions.delete("data/raw/card_images/sv2-1.png")
    findings = verify_store(two_versions, DATASETS)
    assert any("sv2-1.png" in one.place for one in findings)
    healings = Healer(two_versions).heal(findings)
    assert {one.source for one in healings} == {"another copy in the store"}
    assert verify_store(two_versions, DATASETS) == []


def test_without_a_copy_or_a_backup_it_says_so(two_versions: Store) -> None:
    file = Path(two_versions.address) / "data/raw/card_images/sv2-1.png"
    file.chmod(0o644)
    file.write_bytes(b"rotten")
    findings = verify_store(two_versions, [RAW])
    healings = Healer(two_versions).heal(findings)
    assert all("name a backup: --from URL" in one.problem for one in healings)


@pytest.mark.s3
@pytest.mark.parametrize("store", ["bucket", "plain_bucket"], indirect=True)
def test_an_object_that_was_overwritten_past_the_records_is_found(two_versions: Store) -> None:
    two_versions.put("data/raw/card_images/sv2-1.png", flip(SCANS["card_images/sv2-1.png"]))
    findings = verify_store(two_versions, DATASETS)
    assert any(one.path == "card_images/sv2-1.png" and "past the records" in one.problem for one in findings)


def test_a_bit_that_flips_here_is_found_though_size_and_times_stay(
    store: Store, tree: LocalTree, other_tree: LocalTree
) -> None:
    push(store, tree, "raw")
    fetch(store, other_tree, "raw")
    other_tree.files(RAW)
    file = other_tree.folder(RAW) / "card_images/sv1-1.png"
    file.write_bytes(flip(file.read_bytes()))
    [finding] = verify_local(other_tree, store, RAW)
    assert finding.path == "card_images/sv1-1.png"
    assert "not as in v1.0" in finding.problem


def test_a_part_that_was_pulled_is_sound(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(other_tree, "raw", {"card_images/sv1-1.png": SCANS["card_images/sv1-1.png"]})
    assert verify_local(other_tree, store, RAW) == []
    assert verify_local(other_tree, store, REFERENCE) == []
