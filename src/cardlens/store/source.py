"""Where the bytes of a recorded file are: in place, as an object version, or as a kept copy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.layout import kept
from cardlens.store.manifest import Entry
from cardlens.store.objects import Progress, Store, Tag, no_progress
from cardlens.store.survey import Survey

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Got = TypeVar("Got")


@dataclass(frozen=True, slots=True)
class Place:
    """An object that should hold a content. `version`: of the object, None for what is at the path now."""

    path: str
    version: str | None = None

    def __str__(self) -> str:
        """Name it in messages."""
        return f"{self.path} (version {self.version})" if self.version else self.path


class Source:
    """The contents of one data set in a store."""

    def __init__(self, store: Store, seen: Survey) -> None:
        """Nothing is read yet."""
        self._store, self._seen = store, seen

    def places(self, path: str, entry: Entry) -> Iterator[Place]:
        """Give the objects that should hold a file of some version, the nearest first."""
        place = f"{self._seen.dataset.path}/{path}"
        if self._seen.is_in_place(path, entry):
            yield Place(place)
        if version := self._seen.tag(path, entry).version:
            yield Place(place, version)
        yield Place(kept(entry.sha256))

    def fetch(self, path: str, entry: Entry, file: Path, progress: Progress = no_progress) -> None:
        """Get a file whole and right, from the first of its places that there is.

        Raises:
            Damaged: that place holds other bytes.
            NotThere: there is none.
        """

        def get(place: Place) -> None:
            self._store.fetch(
                place.path, file, sha256=entry.sha256, size=entry.bytes, version=place.version, progress=progress
            )

        self._from_first(path, entry, get)

    def content(self, path: str, entry: Entry, progress: Progress = no_progress) -> ReadableBuffer:
        """Read a file of at most `transfer.SMALL` bytes whole and right; errors as of `fetch`."""

        def get(place: Place) -> ReadableBuffer:
            return self._store.content(
                place.path, sha256=entry.sha256, size=entry.bytes, version=place.version, progress=progress
            )

        return self._from_first(path, entry, get)

    def _from_first(self, path: str, entry: Entry, get: Callable[[Place], Got]) -> Got:
        refusals: list[StoreError] = []
        for place in self.places(path, entry):
            try:
                return get(place)
            except Damaged:
                if place.version is not None or not self._was_published_again(path):
                    raise
            except StoreError as refusal:
                refusals.append(refusal)
        raise self._lost(path, refusals)

    def copy_to(self, target: Store, target_path: str, path: str, entry: Entry) -> Tag:
        """Write a file to another object or store, from the first place that holds its right bytes.

        Raises:
            Damaged: no place does; nothing was written.
        """
        for place in self.places(path, entry):
            chunks = checked(self._store.chunks(place.path, place.version), entry, self._store.at(str(place)))
            try:
                return target.stream(target_path, chunks, entry.bytes)
            except (Damaged, NotThere):
                continue
        raise self._lost(path, [])

    def _was_published_again(self, path: str) -> bool:
        before = self._seen.objects.get(path)
        listed = self._store.look(f"{self._seen.dataset.path}/{path}")
        return listed is None or before is None or listed.e_tag != before.e_tag

    def _lost(self, path: str, refusals: list[StoreError]) -> StoreError:
        place = self._store.at(f"{self._seen.dataset.path}/{path}")
        absent = all(isinstance(refusal, NotThere) for refusal in refusals)
        if absent:
            return Damaged(f"{place}: lost or damaged; heal it from a backup: cardlens store heal --from BACKUP")
        return refusals[0]


def checked(chunks: Iterator[bytes], entry: Entry, place: str) -> Iterator[bytes]:
    """Pass chunks on; raises `Damaged` at their end where they are not what the entry says."""
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        yield chunk
    if (digest.hexdigest(), size) != (entry.sha256, entry.bytes):
        raise Damaged(f"{place}: damaged: SHA-256 {digest.hexdigest()[:12]}, recorded is {entry.sha256[:12]}")
