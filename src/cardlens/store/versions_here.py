"""Whether a version that lies here is as it was published: before it is gone back to, and when all is verified."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cardlens.store.errors import Damaged, StoreError
from cardlens.store.layout import Dataset
from cardlens.store.local import LocalTree, digest_of
from cardlens.store.manifest import Entry, Manifest, manifest_path
from cardlens.store.objects import Store
from cardlens.store.pointer import Pointer, pointer_path
from cardlens.store.survey import load_manifest
from cardlens.store.switch import Switch


def manifest_here(tree: LocalTree, store: Store, dataset: Dataset, version: str) -> Manifest | None:
    """Give a version's manifest as it was last read, without a network where that is possible; None where none is.

    Raises:
        Damaged: the store's record is not what it should be.
    """
    pointer = tree.cache.last(store.at(pointer_path(dataset)))
    digests = Pointer.decode(pointer, str(tree.own)).digests if pointer else {}
    path = store.at(manifest_path(dataset, version))
    kept = tree.cache.get(path, digests.get(version))
    if kept is not None:
        return Manifest.decode(kept, path)
    try:
        return load_manifest(store, dataset, version, cache=tree.cache)
    except Damaged:
        raise
    except StoreError:
        return None  # the store is not at hand, or never had it


def rotten_files(folder: Path, manifest: Manifest) -> Iterator[tuple[str, Entry, str]]:
    """Read every byte of a version's files; gives path, entry and what is wrong, of each that is not as it was."""
    for path, entry in manifest.files.items():
        file = folder / path
        if not file.is_file():
            yield path, entry, "missing"
        elif file.stat().st_size != entry.bytes or digest_of(file) != entry.sha256:
            yield path, entry, f"not as in {manifest.version}"


def use_checked(tree: LocalTree, store: Store, dataset: Dataset, version: str) -> bool:
    """Put a version that is here in use, after all of it was read; tells whether there was a record to check it by.

    Raises:
        NotThere: it is not here.
        Damaged: a file of it has rotted; what is in use stays.
    """
    switch = Switch(tree, dataset)
    folder = switch.whole_folder(version)
    manifest = manifest_here(tree, store, dataset, version)
    for path, _, problem in rotten_files(folder, manifest) if manifest else ():
        raise Damaged(
            f"{folder / path}: {problem}; get it again: cardlens store pull {dataset.name} --version {version} --apply"
        )
    switch.use(version)
    return manifest is not None
