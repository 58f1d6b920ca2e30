"""Whether the files of registered versions are in the store, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cardlens.store.errors import NotThere
from cardlens.store.objects import Progress, Store, no_progress
from cardlens.store.registry import GROUP
from cardlens.store.registry_candidate import file_path
from cardlens.store.registry_version import ModelVersion, VersionFile


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not what was registered: which versions need it, where it lies, what is wrong."""

    versions: tuple[str, ...]
    path: str
    place: str
    what: str


def verify(
    store: Store, versions: Iterable[ModelVersion], group: str = GROUP, progress: Progress = no_progress
) -> Iterator[Fault]:
    """Read every byte of the versions' files, each content once."""
    needed: dict[str, tuple[VersionFile, str, list[str]]] = {}
    for version in versions:
        for path, file in version.files.items():
            needed.setdefault(file.sha256, (file, path, []))[2].append(version.name)
    for file, path, names in needed.values():
        what = _wrong(store, file, group, progress)
        if what:
            yield Fault(tuple(dict.fromkeys(names)), path, store.at(file_path(file.sha256, group)), what)


def _wrong(store: Store, file: VersionFile, group: str, progress: Progress) -> str | None:
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in store.chunks(file_path(file.sha256, group)):
            digest.update(chunk)
            size += len(chunk)
            progress(len(chunk))
    except NotThere:
        return "missing"
    return None if (digest.hexdigest(), size) == (file.sha256, file.bytes) else "damaged"
