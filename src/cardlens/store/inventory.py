"""What a store holds, by category, as the seed's page has it; computed from one listing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cardlens.store.layout import CATEGORIES, DATASETS, MISC, is_record, owner
from cardlens.store.local import LocalTree
from cardlens.store.objects import Store

RECORDS = "Versions"
_PURPOSES = {MISC: "Configs, logs", RECORDS: "Manifests and kept copies"}


@dataclass(frozen=True, slots=True)
class Row:
    """One category: size in bytes, number of files, what they are for."""

    category: str
    bytes: int
    files: int
    purpose: str


def inventory(store: Store) -> list[Row]:
    """Count a store's objects; older versions that a bucket keeps by itself are not among them."""
    return _count((listed.path, listed.bytes) for listed in store.list())


def local_inventory(tree: LocalTree) -> list[Row]:
    """Count the files of a local tree."""
    return _count((f"{one.path}/{path}", file.bytes) for one in DATASETS for path, file in tree.files(one).items())


def total(rows: Iterable[Row]) -> Row:
    """Sum rows up."""
    rows = list(rows)
    return Row("TOTAL", sum(row.bytes for row in rows), sum(row.files for row in rows), "")


def category(path: str) -> str:
    """Tell which category an object belongs to."""
    if is_record(path):
        return RECORDS
    dataset = owner(path)
    return MISC if dataset is None else dataset.category


def _count(objects: Iterable[tuple[str, int]]) -> list[Row]:
    purposes = {one.category: one.purpose for one in reversed(DATASETS)} | _PURPOSES
    names = list(dict.fromkeys((*CATEGORIES, MISC, RECORDS)))
    sizes, files = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for path, size in objects:
        name = category(path)
        sizes[name] += size
        files[name] += 1
    return [Row(name, sizes[name], files[name], purposes[name]) for name in names]
