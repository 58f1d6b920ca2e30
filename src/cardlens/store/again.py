"""Putting a content in its place again: after a rollback, a restore or a healing. Where it then is, is recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cardlens.store.errors import AlreadyThere, Outdated
from cardlens.store.layout import Dataset, kept
from cardlens.store.manifest import Entry
from cardlens.store.objects import Store, Tag
from cardlens.store.places import Places, encode_places, places_path, read_places

TRIES = 20

# Writes a file of a version to an object of a store: (store, path of the object, path in the data set, entry).
CopyTo = Callable[[Store, str, str, Entry], Tag]


class PutAgain:
    """Contents that are put again, and the record of where each is now."""

    def __init__(self, store: Store, dataset: Dataset, *, versioned: bool) -> None:
        """Nothing is written yet. `versioned`: whether the bucket keeps versions by itself."""
        self._store, self._dataset, self._versioned = store, dataset, versioned
        self._tags: dict[tuple[str, str], Tag] = {}
        self._writing = threading.Lock()

    def in_place(self, path: str, entry: Entry, copy_to: CopyTo) -> None:
        """Put a content at the data set's own path, and keep a copy where the bucket keeps no versions."""
        place = f"{self._dataset.path}/{path}"
        if self._store.shares_copies:
            self.copy(path, entry, copy_to)
            self._store.copy(kept(entry.sha256), place, entry.bytes)
            tag = self._store.tag(place)
        else:
            tag = copy_to(self._store, place, path, entry)
            if not self._versioned:
                self._store.copy(place, kept(entry.sha256), entry.bytes)
        self.note(path, entry, tag)

    def copy(self, path: str, entry: Entry, copy_to: CopyTo) -> None:
        """Put a content among the kept copies."""
        copy_to(self._store, kept(entry.sha256), path, entry)

    def note(self, path: str, entry: Entry, tag: Tag) -> None:
        """Note where a content is; `KEPT_ONLY`: nowhere but among the kept copies."""
        with self._writing:
            self._tags[path, entry.sha256] = tag

    def record(self) -> None:
        """Add what was put to the record, whoever else adds to it at the same time."""
        if not self._tags:
            return
        for _ in range(TRIES):
            places, seen = read_places(self._store, self._dataset)
            for (path, digest), tag in self._tags.items():
                places.setdefault(path, {})[digest] = tag
            try:
                self._write(places, seen)
            except (AlreadyThere, Outdated):
                continue
            return
        raise Outdated(f"{self._store.at(places_path(self._dataset))}: others write it all the time; try again later")

    def _write(self, places: Places, seen: Tag | None) -> None:
        path, content = places_path(self._dataset), encode_places(places)
        if seen is None:
            self._store.create(path, content)
        else:
            self._store.replace(path, content, seen)
