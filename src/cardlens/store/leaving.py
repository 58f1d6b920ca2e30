"""Taking files out of the tree that the current version does not have; who may not delete leaves them there."""

from __future__ import annotations

from collections.abc import Iterable

from cardlens.store.errors import StoreError
from cardlens.store.layout import Dataset
from cardlens.store.objects import Store


def take_out(store: Store, dataset: Dataset, paths: Iterable[str]) -> dict[str, StoreError]:
    """Delete files at a data set's own paths; returns those that could not be, and why.

    They are then in no version: nothing that reads by versions sees them, and every version stays exact.
    """
    left: dict[str, StoreError] = {}
    for path in paths:
        try:
            store.delete(f"{dataset.path}/{path}")
        except StoreError as error:
            left[path] = error
    return left
