"""Versions to register, small and whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from obstore.store import MemoryStore

from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_candidate import file_path
from cardlens.store.registry_version import ModelVersion, VersionFile

EMBEDDER = "e" * 64
GOOD = {"embedder": EMBEDDER, "r_at_1_fp32": 0.995, "r_at_1_int8": 0.994, "artwork_r_at_1": 0.97, "samples": 382}


def memory_store(address: str = "memory://") -> Store:
    """An empty store that is gone with the test."""
    return Store(MemoryStore(), address)


def contents(name: str) -> dict[str, bytes]:
    """The files of a version: what does not say its name is the same in all."""
    return {
        "models/embedder.onnx": f"weights of {name}".encode(),
        "models/detector.onnx": b"the same detector" * 100,
        "reference/index.json": json.dumps({"0": "tst-1", "1": f"tst-{name}"}).encode(),
        "figures.json": json.dumps(GOOD).encode(),
    }


def a_version(name: str, files: Mapping[str, bytes] | None = None, **figures: object) -> ModelVersion:
    """A version as `gather` would make it."""
    return ModelVersion(
        name=name,
        created="2026-01-10T12:00:00+00:00",
        created_by="ash@lab",
        embedder=EMBEDDER,
        cards=2,
        files={
            path: VersionFile(len(content), hashlib.sha256(content).hexdigest())
            for path, content in (files or contents(name)).items()
        },
        figures={**GOOD, **figures},
    )


def put_files(store: Store, files: Mapping[str, bytes], group: str = GROUP) -> None:
    """Put what `a_version` names where it belongs."""
    for content in files.values():
        store.put(file_path(hashlib.sha256(content).hexdigest(), group), content)
