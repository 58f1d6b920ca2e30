"""What a store has of a data set: one listing, and its records, which are read only when the listing shows new ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from cardlens.store.errors import Damaged, NotThere
from cardlens.store.faults import explained
from cardlens.store.layout import Dataset, is_record, owner
from cardlens.store.manifest import Entry, Manifest, manifest_path, sha256
from cardlens.store.objects import Listed, Store, Tag
from cardlens.store.places import Places, decode_places, places_path
from cardlens.store.pointer import Held, Pointer, pointer_path, read_pointer
from cardlens.store.restoring import is_being_restored


@dataclass(frozen=True, slots=True)
class Survey:
    """A data set in a store.

    Attributes:
        dataset: which.
        held: its pointer.
        manifest: of the current version, None before the first.
        objects: what the listing shows, by path within the data set, records left out.
        places: of contents that were put again by a rollback, a restore or a healing.
    """

    dataset: Dataset
    held: Held
    manifest: Manifest | None
    objects: Mapping[str, Listed]
    places: Places = field(default_factory=dict)

    def tag(self, path: str, entry: Entry) -> Tag:
        """Give the object that holds a file of a version."""
        again = self.places.get(path, {}).get(entry.sha256)
        return again or Tag(entry.e_tag, entry.version_id)

    def is_in_place(self, path: str, entry: Entry) -> bool:
        """Tell whether the listing shows this very content at the data set's own path."""
        listed = self.objects.get(path)
        if listed is None or listed.bytes != entry.bytes:
            return False
        again = self.places.get(path, {}).get(entry.sha256)
        if again is None:
            return entry.e_tag in (None, listed.e_tag)
        # put again, and perhaps published again after that
        return listed.e_tag is not None and listed.e_tag in (again.e_tag, entry.e_tag)

    def with_places(self, places: Places) -> Self:
        """Give the same with another record of places."""
        return replace(self, places=places)

    @property
    def altered(self) -> list[str]:
        """List files of the current version that somebody has changed or deleted past the records."""
        files = self.manifest.files if self.manifest else {}
        return [path for path, entry in files.items() if not self.is_in_place(path, entry)]

    @property
    def unrecorded(self) -> list[str]:
        """List objects that the current version does not have."""
        files = self.manifest.files if self.manifest else {}
        return [path for path in self.objects if path not in files]


class RecordCache:
    """Records as they were last read, in a local folder: what a listing shows unchanged is not read again."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet; the folder is made when something is kept."""
        self._folder = folder

    def get(self, key: str, tag: str | None) -> bytes | None:
        """Give what was kept under `key` if it was in that state."""
        found = self._read(key)
        return found[1] if found is not None and tag is not None and found[0] == tag else None

    def last(self, key: str) -> bytes | None:
        """Give what was kept under `key` last, in whatever state that is now."""
        found = self._read(key)
        return found[1] if found else None

    def keep(self, key: str, tag: str | None, content: bytes) -> None:
        """Keep what was read."""
        head = json.dumps({"key": key, "tag": tag, "sha256": sha256(content)}).encode()
        with explained(str(self._folder)):
            self._folder.mkdir(parents=True, exist_ok=True)
            aside = self._file(key).with_suffix(".partial")
            aside.write_bytes(head + b"\n" + content)
            aside.replace(self._file(key))

    def _read(self, key: str) -> tuple[str | None, bytes] | None:
        try:
            head, _, content = self._file(key).read_bytes().partition(b"\n")
            record: dict[str, Any] = json.loads(head)
        except (OSError, ValueError):
            return None  # never kept, or torn: it is read anew
        tag = record.get("tag")
        return (tag, content) if record == {"key": key, "tag": tag, "sha256": sha256(content)} else None

    def _file(self, key: str) -> Path:
        return self._folder / sha256(key.encode())[:32]


def survey(store: Store, dataset: Dataset, cache: RecordCache | None = None) -> Survey:
    """List a data set and read its records; raises `Damaged` where these do not fit together."""
    listed = {one.path: one for one in store.list(dataset.path)}
    held = _held_cached(store, dataset, listed.get(pointer_path(dataset)), cache)
    version = held.pointer.version
    manifest = None if version is None else load_manifest(store, dataset, version, held.pointer, cache)
    places = _places(store, listed.get(places_path(dataset)), cache)
    return Survey(dataset, held, manifest, _own_files(dataset, listed), places)


def current(store: Store, dataset: Dataset) -> Manifest | None:
    """Give the current version's manifest, None where nothing was ever published."""
    pointer = read_pointer(store, dataset).pointer
    return None if pointer.version is None else load_manifest(store, dataset, pointer.version, pointer)


def load_manifest(
    store: Store, dataset: Dataset, version: str, pointer: Pointer | None = None, cache: RecordCache | None = None
) -> Manifest:
    """Read the manifest of a published version.

    Raises:
        NotThere: that version was never published.
        Damaged: its manifest is lost, or not the one that was published.
    """
    pointer = pointer or read_pointer(store, dataset).pointer
    path = manifest_path(dataset, version)
    digest = pointer.digests.get(version)
    if digest is None:
        known = ", ".join(pointer.digests) or "none"
        raise NotThere(f"{store.at(dataset.path)}: no version {version}; there are: {known}")
    content = _read_cached(store, path, digest, cache)
    if sha256(content) != digest:
        raise Damaged(f"{store.at(path)}: damaged: not the manifest that was published; heal it: cardlens store heal")
    return Manifest.decode(content, store.at(path))


def read_held(store: Store, dataset: Dataset) -> Held:
    """Read the pointer; an empty one where nothing was ever published.

    Raises:
        Damaged: it is not what was written, or is lost: there are versions.
    """
    held = read_pointer(store, dataset)
    if held.tag is None and (versions := listed_versions(store, dataset)):
        held = read_pointer(store, dataset)  # it comes before the first version: that may have been since
        if held.tag is None and not is_being_restored(store):  # a restore writes it last
            raise Damaged(
                f"{store.at(pointer_path(dataset))}: missing, though there is {', '.join(versions)}; "
                "heal it from a backup: cardlens store heal"
            )
    return held


def listed_versions(store: Store, dataset: Dataset) -> list[str]:
    """Name the versions that have a manifest in the store, whatever the pointer says."""
    folder, _, ending = manifest_path(dataset, "*").partition("*")
    listed = sorted(one.path for one in store.list(folder))
    return [path.removeprefix(folder).removesuffix(ending) for path in listed]


def objects_of(store: Store, dataset: Dataset) -> dict[str, Listed]:
    """List a data set's own objects by their path within it, records left out."""
    return _own_files(dataset, {one.path: one for one in store.list(dataset.path)})


def _held_cached(store: Store, dataset: Dataset, listed: Listed | None, cache: RecordCache | None) -> Held:
    path = pointer_path(dataset)
    kept = cache.get(store.at(path), listed.e_tag) if cache and listed else None
    if kept is not None and listed is not None:
        return Held(Pointer.decode(kept, store.at(path)), Tag(listed.e_tag))
    held = read_held(store, dataset)
    if cache and held.tag:
        cache.keep(store.at(path), held.tag.e_tag, held.pointer.encode())
    return held


def _places(store: Store, listed: Listed | None, cache: RecordCache | None) -> Places:
    if listed is None:
        return {}
    return decode_places(_read_cached(store, listed.path, listed.e_tag, cache), store.at(listed.path))


def _read_cached(store: Store, path: str, state: str | None, cache: RecordCache | None) -> bytes:
    kept = cache.get(store.at(path), state) if cache else None
    if kept is not None:
        return kept
    found = store.read(path)
    if found is None:
        raise Damaged(f"{store.at(path)}: missing; heal it from a backup: cardlens store heal")
    if cache:
        cache.keep(store.at(path), state, found.content)
    return found.content


def _own_files(dataset: Dataset, listed: Mapping[str, Listed]) -> dict[str, Listed]:
    start = len(dataset.path) + 1
    return {path[start:]: one for path, one in listed.items() if not is_record(path) and owner(path) == dataset}
