"""What a version was made from: as it is told, and as the files themselves say."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cardlens.store.errors import StoreError
from cardlens.store.layout import Dataset, dataset
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store
from cardlens.store.pointer import read_pointer
from cardlens.store.survey import load_manifest

_MODELS = ("student", "hailo", "teacher")


def told_parents(store: Store, names: Sequence[str]) -> dict[str, str]:
    """Read `student@v2.0`, or `raw` for its current version; raises `NotThere` where that was never published."""
    parents = {}
    for name in names:
        its_name, _, version = name.partition("@")
        its_set = dataset(its_name)
        version = version or read_pointer(store, its_set).pointer.version or ""
        if not version:
            raise StoreError(f"{name}: nothing of {its_name} was ever published; publish it first")
        load_manifest(store, its_set, version)
        parents[its_name] = version
    return parents


def found_parents(store: Store, of: Dataset, tree: LocalTree) -> dict[str, str]:
    """Find the model that embedded a reference database, by the digest that it names; {} where no version has it."""
    if of.name != "reference":
        return {}
    digest = _model_digest(tree, of)
    for name in _MODELS if digest else ():
        pointer = read_pointer(store, dataset(name)).pointer
        for version in reversed(pointer.digests):
            manifest = load_manifest(store, dataset(name), version, pointer, tree.cache)
            if any(entry.sha256 == digest for entry in manifest.files.values()):
                return {name: version}
    return {}


def _model_digest(tree: LocalTree, of: Dataset) -> str | None:
    try:
        digest = json.loads((tree.folder(of) / "manifest.json").read_text())["model"]["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a database of other making does not say
    return digest if isinstance(digest, str) else None
