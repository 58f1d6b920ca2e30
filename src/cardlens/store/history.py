"""The versions of a data set as far as their records can be read: one that is broken does not hide the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cardlens.store.errors import Damaged
from cardlens.store.layout import Dataset
from cardlens.store.manifest import Manifest, manifest_path
from cardlens.store.objects import Store
from cardlens.store.places import read_places
from cardlens.store.places_found import find_places
from cardlens.store.pointer import Held, Pointer, pointer_path
from cardlens.store.survey import RecordCache, Survey, load_manifest, objects_of, read_held


@dataclass(frozen=True, slots=True)
class History:
    """What the records of a data set say.

    Attributes:
        dataset: which.
        held: its pointer; None where it is lost or damaged.
        manifests: of the versions whose manifests are whole, oldest first.
        faults: what is wrong with each record that is not, by its path.
    """

    dataset: Dataset
    held: Held | None
    manifests: Mapping[str, Manifest]
    faults: Mapping[str, Damaged]

    @property
    def version(self) -> str | None:
        """The current version, None where there is none or nobody knows it."""
        return self.held.pointer.version if self.held else None


def read_history(store: Store, dataset: Dataset, cache: RecordCache | None = None) -> History:
    """Read pointer and manifests, each by itself."""
    try:
        held = read_held(store, dataset)
    except Damaged as error:
        return History(dataset, None, {}, {pointer_path(dataset): error})
    manifests: dict[str, Manifest] = {}
    faults: dict[str, Damaged] = {}
    for version in held.pointer.digests:
        try:
            manifests[version] = load_manifest(store, dataset, version, held.pointer, cache)
        except Damaged as error:
            faults[manifest_path(dataset, version)] = error
    return History(dataset, held, manifests, faults)


def surveyed(store: Store, history: History) -> tuple[Survey, Damaged | None]:
    """Survey a data set by what of its records is whole; and what is wrong with its record of places, if anything is.

    Where that record is damaged, contents are looked for where they are.
    """
    dataset = history.dataset
    held = history.held or Held(Pointer(dataset.name), None)
    seen = Survey(dataset, held, history.manifests.get(history.version or ""), objects_of(store, dataset))
    try:
        places, _ = read_places(store, dataset)
    except Damaged as error:
        return seen.with_places(find_places(store, seen, history.manifests.values())), error
    return seen.with_places(places), None
