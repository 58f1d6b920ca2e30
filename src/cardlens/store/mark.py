"""Saying what has become of a version: stable, deployed, withdrawn, … The version itself stays as it is."""

from __future__ import annotations

from cardlens.store.errors import StoreError
from cardlens.store.layout import Dataset
from cardlens.store.objects import Store
from cardlens.store.pointer import event, read_pointer, write_pointer
from cardlens.store.survey import load_manifest

LONGEST = 40


def mark(store: Store, dataset: Dataset, version: str, word: str) -> None:
    """Mark a published version.

    Raises:
        NotThere: it was never published.
        Outdated: somebody else has written in the same moment.
    """
    if not word.isprintable() or not 0 < len(word) <= LONGEST:
        raise StoreError(f"{word!r}: a mark is one to {LONGEST} printable characters, such as withdrawn")
    held = read_pointer(store, dataset)
    load_manifest(store, dataset, version, held.pointer)
    write_pointer(store, dataset, held.pointer.with_event(event("mark", version, word)), held.tag)
