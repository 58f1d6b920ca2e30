from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.errors import Busy, Outdated, StoreError
from cardlens.store.layout import kept
from cardlens.store.local import LocalTree, digest_of
from cardlens.store.objects import Store
from cardlens.store.pointer import Claim, read_pointer, write_pointer
from cardlens.store.publish import Release, next_version, plan_publishing, publish
from cardlens.store.survey import current, load_manifest
from tests.store.conftest import every_store
from tests.store.trees import DATABASE, RAW, REFERENCE, SCANS, fetch, push, write

ROUNDS = int(os.environ.get("CARDLENS_ROUNDS", "2"))  # 100: as often as the project promises


@every_store
def test_every_version_can_be_pulled_exactly(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    for name, files in (("reference", DATABASE), ("raw", SCANS)):
        first = push(store, tree, name)
        changed = dict.fromkeys(list(files)[:1], b"changed")
        write(tree, name, changed)
        second = push(store, tree, name)
        assert (first.version, second.version) == ("v1.0", "v1.1")
        assert fetch(store, other_tree, name, "v1.0") == files
        assert fetch(store, other_tree, name) == {**files, **changed}


@every_store
def test_the_tree_is_the_seeds(store: Store, tree: LocalTree) -> None:
    push(store, tree, "reference")
    push(store, tree, "raw")
    for path, content in DATABASE.items():
        found = store.read(f"data/reference/{path}")
        assert found is not None
        assert found.content == content
    places = {one.path for one in store.list("data/raw") if ".cardlens" not in one.path}
    assert places == {f"data/raw/{path}" for path in SCANS}


@every_store
def test_sends_only_what_is_new(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw")
    assert plan_publishing(store, RAW, tree).is_empty
    write(tree, "raw", {"card_images/sv4-1.png": b"new"})
    plan = plan_publishing(store, RAW, tree)
    assert [one.path for one in plan.sends] == ["card_images/sv4-1.png"]
    manifest = publish(store, plan, tree, Release())
    assert manifest.files["card_images/sv1-1.png"].since == "v1.0"
    assert manifest.files["card_images/sv4-1.png"].since == "v1.1"


@every_store
def test_what_is_new_is_read_once_and_known_from_then_on(
    store: Store, tree: LocalTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tree, "raw", SCANS)
    hashed: list[str] = []

    def counted(file: Path) -> str:
        hashed.append(str(file))
        return digest_of(file)

    monkeypatch.setattr("cardlens.store.local.digest_of", counted)
    plan = plan_publishing(store, RAW, tree)
    assert hashed == []
    manifest = publish(store, plan, tree, Release())
    # only a store that keeps contents by their digests must know them first
    assert len(hashed) == (len(SCANS) if store.shares_copies else 0)
    assert {path: entry.sha256 for path, entry in manifest.files.items()} == {
        path: hashlib.sha256(content).hexdigest() for path, content in SCANS.items()
    }
    hashed.clear()
    assert plan_publishing(store, RAW, tree).is_empty
    assert hashed == []


@every_store
def test_a_new_file_that_changes_after_the_plan_is_published_as_it_was_sent(store: Store, tree: LocalTree) -> None:
    write(tree, "raw", SCANS)
    plan = plan_publishing(store, RAW, tree)
    changed = SCANS["card_images/sv1-1.png"][::-1]
    write(tree, "raw", {"card_images/sv1-1.png": changed})
    manifest = publish(store, plan, tree, Release())
    found = store.read("data/raw/card_images/sv1-1.png")
    assert found is not None
    assert found.content == changed
    assert manifest.files["card_images/sv1-1.png"].sha256 == hashlib.sha256(changed).hexdigest()
    assert plan_publishing(store, RAW, tree).is_empty


@every_store
def test_a_new_file_that_grows_after_the_plan_is_told_and_sent_by_the_next_run(store: Store, tree: LocalTree) -> None:
    write(tree, "raw", SCANS)
    plan = plan_publishing(store, RAW, tree)
    write(tree, "raw", {"card_images/sv1-1.png": b"another picture, longer than before"})
    with pytest.raises(StoreError, match=r"sv1-1\.png: was changed since it was found"):
        publish(store, plan, tree, Release())
    assert current(store, RAW) is None
    manifest = publish(store, plan_publishing(store, RAW, tree), tree, Release())
    assert manifest.files["card_images/sv1-1.png"].bytes == 35
    assert plan_publishing(store, RAW, tree).is_empty


def test_a_version_names_the_one_before_and_its_parents(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw")
    first = push(store, tree, "reference", parents={"raw": "v1.0"}, notes=["new set"], title="First")
    write(tree, "reference", {"metadata.json": b'{"fixed": true}'})
    second = push(store, tree, "reference", version="v2.0")
    assert (dict(first.parents), first.notes, first.previous) == ({"raw": "v1.0"}, ("new set",), None)
    assert second.previous is not None
    assert second.previous[0] == "v1.0"
    assert load_manifest(store, REFERENCE, "v1.0") == first
    assert current(store, REFERENCE) == second


def test_a_published_version_stays_as_it_is(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw", version="v1.0")
    write(tree, "raw", {"card_images/sv1-1.png": b"other"})
    with pytest.raises(StoreError, match=r"v1.0 is published and stays as it is.*v1.1"):
        push(store, tree, "raw", version="v1.0")


@pytest.mark.parametrize("version", ["2", "v1", "v1.0.0", "../v1.0", "v-1.0"])
def test_refuses_a_name_that_is_no_version(store: Store, tree: LocalTree, version: str) -> None:
    with pytest.raises(StoreError, match=r"is not a version such as"):
        push(store, tree, "raw", version=version)


def test_what_is_missing_here_stays_there(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(other_tree, "raw", {"card_images/sv9-1.png": b"from another computer"})
    manifest = push(store, other_tree, "raw")
    assert len(manifest.files) == len(SCANS) + 1


@every_store
def test_deletes_only_what_is_named_and_keeps_it_for_its_version(
    store: Store, tree: LocalTree, other_tree: LocalTree
) -> None:
    push(store, tree, "raw")
    plan = plan_publishing(store, RAW, tree, ["card_images/sv1-*"])
    assert plan.removed == ("card_images/sv1-1.png",)
    manifest = publish(store, plan, tree, Release())
    assert len(manifest.files) == len(SCANS) - 1
    assert store.look("data/raw/card_images/sv1-1.png") is None
    assert fetch(store, other_tree, "raw", "v1.0") == SCANS


def test_puts_back_what_was_changed_past_the_records(store: Store, tree: LocalTree) -> None:
    push(store, tree, "raw")
    store.put("data/raw/card_images/sv1-1.png", b"by hand")
    plan = plan_publishing(store, RAW, tree)
    assert [one.path for one in plan.misplaced] == ["card_images/sv1-1.png"]
    manifest = publish(store, plan, tree, Release())
    assert manifest.files["card_images/sv1-1.png"].since == "v1.0"
    assert plan_publishing(store, RAW, tree).is_empty


def test_copies_are_kept_where_the_store_keeps_no_versions(store: Store, tree: LocalTree) -> None:
    manifest = push(store, tree, "raw")
    assert all(store.look(kept(entry.sha256)) for entry in manifest.files.values())


@pytest.mark.s3
@pytest.mark.parametrize("store", ["bucket"], indirect=True)
def test_a_bucket_with_versions_holds_each_scan_once(store: Store, tree: LocalTree) -> None:
    manifest = push(store, tree, "raw")
    assert all(entry.version_id for entry in manifest.files.values())
    assert not any(store.look(kept(entry.sha256)) for entry in manifest.files.values())


def claimed(store: Store, tree: LocalTree) -> Claim:
    push(store, tree, "raw")
    theirs = Claim("theirs", "ash@pallet", "2026-01-11T00:00:00+00:00", "v1.1")
    held = read_pointer(store, RAW)
    write_pointer(store, RAW, replace(held.pointer, claim=theirs), held.tag)
    return theirs


@every_store
def test_who_comes_second_is_told_before_anything_is_sent(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    claimed(store, tree)
    write(other_tree, "raw", {"card_images/sv7-1.png": b"mine"})
    with pytest.raises(Busy, match=r"ash@pallet is publishing v1\.1"):
        push(store, other_tree, "raw")
    assert store.look("data/raw/card_images/sv7-1.png") is None


def test_a_publication_that_was_given_up_can_be_taken_over(
    store: Store, tree: LocalTree, other_tree: LocalTree
) -> None:
    claimed(store, tree)
    write(other_tree, "raw", {"card_images/sv7-1.png": b"mine"})
    manifest = publish(store, plan_publishing(store, RAW, other_tree), other_tree, Release(), take_over=True)
    assert manifest.version == "v1.1"
    assert read_pointer(store, RAW).pointer.claim is None


@every_store
def test_a_plan_that_another_has_overtaken_is_refused(store: Store, tree: LocalTree, other_tree: LocalTree) -> None:
    push(store, tree, "raw")
    write(other_tree, "raw", {"card_images/sv7-1.png": b"mine"})
    late = plan_publishing(store, RAW, other_tree)
    write(tree, "raw", {"card_images/sv8-1.png": b"theirs"})
    push(store, tree, "raw")
    with pytest.raises(Outdated, match="somebody else has published"):
        publish(store, late, other_tree, Release())
    assert push(store, other_tree, "raw").version == "v1.2"


def test_two_processes_do_not_work_in_one_tree(store: Store, tree: LocalTree) -> None:
    with tree.locked(), pytest.raises(Busy, match="another cardlens process"):
        push(store, tree, "raw")


def test_an_interrupted_publication_goes_on_where_it_stopped(
    store: Store, tree: LocalTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    send = type(store).send

    def break_off(self: Store, path: str, *rest: object) -> object:
        if len(sent) == 2:
            raise KeyboardInterrupt
        sent.append(path)
        return send(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store), "send", break_off)
    with pytest.raises(KeyboardInterrupt):
        push(store, tree, "reference")
    assert current(store, REFERENCE) is None

    def go_on(self: Store, path: str, *rest: object) -> object:
        sent.append(path)
        return send(self, path, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(type(store), "send", go_on)
    manifest = push(store, tree, "reference")
    assert len(sent) == len(set(sent)) == len(DATABASE)
    assert len(manifest.files) == len(DATABASE)


@pytest.mark.parametrize(
    ("published", "expected"), [([], "v1.0"), (["v1.0", "v1.9"], "v1.10"), (["v2.1", "v1.9"], "v2.2")]
)
def test_the_next_name(published: list[str], expected: str) -> None:
    assert next_version(dict.fromkeys(published, "")) == expected


@pytest.mark.parametrize("store", ["folder", pytest.param("bucket", marks=pytest.mark.s3)], indirect=True)
def test_of_two_at_once_one_wins_and_the_history_is_complete(
    store: Store, tree: LocalTree, other_tree: LocalTree
) -> None:
    push(store, tree, "raw")
    winners: list[str] = []
    for number in range(ROUNDS):
        outcomes = race(store, (tree, other_tree), number)
        assert sorted(outcomes) in (["told", f"v1.{number + 1}"], [f"v1.{number + 1}", "told"])
        winners.extend(one for one in outcomes if one != "told")
    pointer = read_pointer(store, RAW).pointer
    assert list(pointer.digests) == ["v1.0", *winners]
    manifests = [load_manifest(store, RAW, version, pointer) for version in pointer.digests]
    assert [one.previous[0] if one.previous else None for one in manifests] == [None, "v1.0", *winners[:-1]]


def race(store: Store, trees: tuple[LocalTree, LocalTree], number: int) -> list[str]:
    """Let two plan the same and publish at once; returns what became of each."""
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def run(its_tree: LocalTree) -> None:
        its_store = open_store(store.address)
        write(its_tree, "raw", {"card_images/sv7-1.png": f"{number} of {its_tree.root.name}".encode()})
        plan = plan_publishing(its_store, RAW, its_tree)
        barrier.wait()
        try:
            outcomes.append(publish(its_store, plan, its_tree, Release()).version)
        except (Busy, Outdated):
            outcomes.append("told")

    threads = [threading.Thread(target=run, args=(its_tree,)) for its_tree in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
