"""Recording what a bucket holds that was filled by other means: read once, its digests become the first version."""

from __future__ import annotations

import threading
from dataclasses import replace
from uuid import uuid4

from cardlens.store.errors import AlreadyThere, NotThere, Outdated, StoreError
from cardlens.store.layout import Dataset, kept
from cardlens.store.manifest import Entry, Manifest, check_version, manifest_path, now, sha256
from cardlens.store.objects import Progress, Store, no_progress
from cardlens.store.parallel import by_size
from cardlens.store.pointer import Claim, claim, event, pointer_path, whoami, write_pointer
from cardlens.store.publish import FIRST_VERSION, Release
from cardlens.store.survey import Survey, survey
from cardlens.store.transfer import SMALL


def plan_adoption(store: Store, dataset: Dataset) -> Survey:
    """Look at what would be recorded; raises `StoreError` where there is nothing, or a version already."""
    seen = survey(store, dataset)
    if seen.manifest is not None:
        raise StoreError(f"{store.at(dataset.path)}: {seen.manifest.version} is recorded already; push what is new")
    if not seen.objects:
        raise NotThere(f"{store.at(dataset.path)}: nothing there; publish it: cardlens store push {dataset.name}")
    return seen


def adopt(
    store: Store, seen: Survey, release: Release, progress: Progress = no_progress, *, take_over: bool = False
) -> Manifest:
    """Read every object and record it as a version; nothing is sent but the records.

    Killed at any moment, the same call with `take_over` does it anew.

    Raises:
        StoreError: that is no name of a version.
        Busy: somebody is publishing.
        Outdated: somebody has published since.
    """
    dataset, version = seen.dataset, _checked_name(seen.dataset, release.version or FIRST_VERSION)
    mine = Claim(uuid4().hex, whoami(), now(), version)
    held = claim(store, dataset, seen.held, mine, take_over=take_over)
    versioned = store.tag(pointer_path(dataset)).version is not None
    files = _read_all(store, seen, version, progress, versioned=versioned)
    manifest = Manifest(
        dataset=dataset.name,
        version=version,
        created=now(),
        by=whoami(),
        title=release.title or "As it was found",
        notes=tuple(release.notes),
        status=release.status,
        parents=dict(release.parents),
        files=files,
    )
    manifest = _record(store, dataset, manifest)
    pointer = replace(held.pointer, version=version, claim=None)
    happened = event("adopt", version, manifest.title, sha256(manifest.encode()))
    write_pointer(store, dataset, pointer.with_event(happened), held.tag)
    return manifest


def _checked_name(dataset: Dataset, version: str) -> str:
    try:
        check_version(version)
    except ValueError as error:
        raise StoreError(f"{dataset.name}: {error}; give one with --version") from None
    return version


def _record(store: Store, dataset: Dataset, manifest: Manifest) -> Manifest:
    """Write the manifest where none is; one that an interrupted adoption of the same has left is taken as it is."""
    path = manifest_path(dataset, manifest.version)
    try:
        store.create(path, manifest.encode())
    except AlreadyThere:
        found = store.read(path)
        theirs = Manifest.decode(found.content, store.at(path)) if found else None
        if theirs is None or theirs.files != manifest.files:
            raise Outdated(
                f"{store.at(path)}: a version of this name was begun with other files and given up; "
                "give another name: --version V --take-over"
            ) from None
        return theirs
    return manifest


def _read_all(store: Store, seen: Survey, version: str, progress: Progress, *, versioned: bool) -> dict[str, Entry]:
    """Read every object, and keep a copy of it where the bucket keeps no versions."""
    files: dict[str, Entry] = {}
    adding = threading.Lock()

    def read(path: str) -> None:
        place = f"{seen.dataset.path}/{path}"
        tag = store.tag(place)
        digest, size = store.digest(place, tag.version, progress)
        if not versioned:
            store.copy(place, kept(digest))
            tag = store.tag(place)
        with adding:
            files[path] = Entry(size, digest, version, tag.version, tag.e_tag)

    by_size(seen.objects, lambda path: seen.objects[path].bytes, read, SMALL)
    return dict(sorted(files.items()))
