"""The inventory of a store as it is now: one listing of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from cardlens.cloud.cost_inventory import RAW, BadInventory, Holding, Inventory
from cardlens.store.inventory import RECORDS, category
from cardlens.store.layout import CATEGORIES, DATASETS, MISC, is_record, owner
from cardlens.store.objects import Listed, Store

_SCANS = "data/raw/card_images/"
_PURPOSES = {one.category: one.purpose for one in reversed(DATASETS)} | {RECORDS: "Manifests and kept copies"}
_ORDER = list(dict.fromkeys((*CATEGORIES, MISC, RECORDS)))  # the page's
_OTHER = "other"  # grows with nothing, is read by nobody


def read_store(store: Store) -> Inventory:
    """Count what a store holds; raises `StoreError`, or `BadInventory` where it is empty."""
    inventory = inventory_of(store.list(), store.address)
    if not inventory.files:
        raise BadInventory(f"{store.address}: nothing is in it; publish something: cardlens store push raw --apply")
    return inventory


def inventory_of(objects: Iterable[Listed], name: str) -> Inventory:
    """Group objects by data set and by about how large they are, since small objects are billed differently."""
    groups: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for one in objects:
        groups[_ORDER.index(category(one.path)), _key(one.path), one.bytes.bit_length()].append(one.bytes)
    holdings = (
        Holding(key, _ORDER[place], _PURPOSES.get(_ORDER[place], ""), sum(sizes), len(sizes))
        for (place, key, _), sizes in sorted(groups.items())
    )
    return Inventory(name, tuple(holdings))


def _key(path: str) -> str:
    dataset = owner(path)
    if dataset is None or is_record(path):
        return _OTHER
    return _OTHER if dataset.name == RAW and not path.startswith(_SCANS) else dataset.name
