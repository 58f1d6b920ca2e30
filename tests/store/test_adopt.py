"""What was put into a store by other means becomes a version."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cardlens.store import adopt as adopting
from cardlens.store.adopt import adopt, plan_adoption
from cardlens.store.errors import Busy, Outdated, StoreError
from cardlens.store.layout import DATASETS
from cardlens.store.local import LocalTree
from cardlens.store.manifest import Manifest
from cardlens.store.objects import Store
from cardlens.store.pointer import Claim, claim, read_pointer
from cardlens.store.publish import Release
from cardlens.store.verify import verify_store
from tests.store.conftest import every_store
from tests.store.trees import RAW, SCANS, fetch


@every_store
def test_a_tree_of_other_making_is_adopted(store: Store, other_tree: LocalTree) -> None:
    for path, content in SCANS.items():
        store.put(f"data/raw/{path}", content)
    manifest = adopt(store, plan_adoption(store, RAW), Release(title="Original scans"))
    assert (manifest.version, len(manifest.files)) == ("v1.0", len(SCANS))
    assert fetch(store, other_tree, "raw") == SCANS
    assert verify_store(store, DATASETS) == []
    with pytest.raises(StoreError, match=r"v1\.0 is recorded already"):
        plan_adoption(store, RAW)


def test_files_of_an_adopted_tree_are_read_only(store: Store) -> None:
    """Their kept copies share the bytes: an editor must not change both."""
    store.put("data/raw/a-1.png", b"scan")
    adopt(store, plan_adoption(store, RAW), Release())
    assert os.stat(Path(store.address) / "data/raw/a-1.png").st_mode & 0o222 == 0  # noqa: PTH116


def test_an_adoption_takes_names_of_versions_only(store: Store) -> None:
    store.put("data/raw/a-1.png", b"scan")
    with pytest.raises(StoreError, match=r"'1\.0' is not a version such as v2\.1; give one with --version"):
        adopt(store, plan_adoption(store, RAW), Release("1.0"))
    assert store.look("data/raw/.cardlens/current.json") is None
    assert adopt(store, plan_adoption(store, RAW), Release()).version == "v1.0"


def begun(store: Store) -> None:
    """Begin a publication of scans, as somebody else."""
    claim(store, RAW, read_pointer(store, RAW), Claim("theirs", "misty@gym", "2026-01-10", "v1.0"), take_over=False)


@every_store
def test_an_adoption_takes_nobodys_place_unasked(store: Store) -> None:
    store.put("data/raw/a-1.png", b"scan")
    begun(store)
    with pytest.raises(Busy, match="misty@gym is publishing"):
        adopt(store, plan_adoption(store, RAW), Release())
    assert adopt(store, plan_adoption(store, RAW), Release(), take_over=True).version == "v1.0"


@every_store
def test_an_adoption_overwrites_no_manifest(store: Store, tree: LocalTree) -> None:
    """Somebody else's publication was given up after its manifest was written."""
    store.put("data/raw/a-1.png", b"scan")
    begun(store)
    path = "data/raw/.cardlens/versions/v1.0.json"
    store.create(path, Manifest("raw", "v1.0", "2026-01-10", "misty@gym").encode())
    with pytest.raises(Outdated, match="give another name"):
        adopt(store, plan_adoption(store, RAW), Release(), take_over=True)
    assert Manifest.decode(store.read(path).content, path).by == "misty@gym"  # type: ignore[union-attr]


def test_an_interrupted_adoption_is_done_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("data/raw/a-1.png", b"scan")
    with monkeypatch.context() as broken:
        broken.setattr(adopting, "write_pointer", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            adopt(store, plan_adoption(store, RAW), Release())
    assert adopt(store, plan_adoption(store, RAW), Release(), take_over=True).version == "v1.0"
    assert verify_store(store, DATASETS) == []
