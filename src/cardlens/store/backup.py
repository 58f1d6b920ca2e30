"""Backing a store up into another one: each content once, checked on the way, and a snapshot when all is there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cardlens.store.errors import Damaged, NotThere
from cardlens.store.layout import DATASETS, OWN, Dataset, is_record, owner
from cardlens.store.manifest import Entry, manifest_path
from cardlens.store.objects import Listed, Progress, Store, no_progress
from cardlens.store.parallel import by_size, for_each
from cardlens.store.pointer import pointer_path
from cardlens.store.snapshot import (
    OBJECTS,
    Saved,
    Snapshot,
    entry_of,
    load_snapshot,
    moment_now,
    object_path,
    read_snapshot,
    snapshot_times,
)
from cardlens.store.source import Source, checked
from cardlens.store.survey import Survey, load_manifest, survey
from cardlens.store.transfer import SMALL


@dataclass(frozen=True, slots=True)
class Content:
    """A file of some version: in which data set, its path there, its entry."""

    seen: Survey
    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """What a backup would do.

    Attributes:
        contents: every content of every version, by SHA-256.
        missing: those of them that the backup does not have.
        loose: records and objects of no version, as listed.
        known: of these, what the last snapshot has as it is.
    """

    contents: Mapping[str, Content]
    missing: Sequence[Content]
    loose: Mapping[str, Listed]
    known: Mapping[str, Saved]

    @property
    def bytes(self) -> int:
        """How much will be copied."""
        unknown = (listed.bytes for path, listed in self.loose.items() if path not in self.known)
        return sum(one.entry.bytes for one in self.missing) + sum(unknown)


def plan_backup(store: Store, backup: Store) -> BackupPlan:
    """Compare a store with its backup: a listing of each, and the records.

    Raises:
        Damaged: a record of the store is damaged: heal it before it is backed up.
    """
    listed = {one.path: one for one in store.list()}
    there = {one.path: one.bytes for one in backup.list(OBJECTS)}
    surveys = [survey(store, dataset) for dataset in DATASETS]
    contents = {content.entry.sha256: content for seen in surveys for content in _contents(store, seen)}
    missing = [one for digest, one in contents.items() if there.get(object_path(digest)) != one.entry.bytes]
    loose = {path: one for path, one in listed.items() if _is_loose(path, surveys)}
    return BackupPlan(contents, missing, loose, _known(backup, loose, there))


def back_up(store: Store, backup: Store, plan: BackupPlan, progress: Progress = no_progress) -> Snapshot:
    """Carry out a plan. Killed at any moment, the next backup copies the rest only.

    Raises:
        Damaged: a content of the store is lost or damaged, and the backup does not have it. All others were copied;
            no snapshot was made.
    """
    damaged: list[Damaged] = []

    def copy(content: Content) -> None:
        source = Source(store, content.seen)
        try:
            source.copy_to(backup, object_path(content.entry.sha256), content.path, content.entry)
        except Damaged as error:
            damaged.append(error)
        progress(content.entry.bytes)

    by_size(plan.missing, lambda one: one.entry.bytes, copy, SMALL)
    objects = _copy_loose(store, backup, plan, progress)
    if damaged:
        more = f" (and {len(damaged) - 1:,} more)" if len(damaged) > 1 else ""
        raise Damaged(f"{damaged[0]}{more}; no snapshot was made, the earlier ones stay as they are")
    backup.settle()
    sizes = {digest: content.entry.bytes for digest, content in plan.contents.items()}
    snapshot = Snapshot(moment_now(), store.address, objects, sizes)
    backup.create(snapshot.path, snapshot.encode())
    return snapshot


def verify_backup(backup: Store, progress: Progress = no_progress) -> list[str]:
    """Read every byte of a backup; returns what is wrong, nothing where all is well."""
    problems: list[str] = []
    needed: dict[str, int] = {}
    for path in snapshot_times(backup).values():
        try:
            needed.update(read_snapshot(backup, path).digests)
        except Damaged as error:
            problems.append(str(error))

    def read(item: tuple[str, int]) -> None:
        digest, size = item
        place = object_path(digest)
        try:
            found = backup.digest(place, progress=progress)
        except NotThere:
            problems.append(f"{backup.at(place)}: missing")
            return
        if found != (digest, size):
            problems.append(f"{backup.at(place)}: damaged: SHA-256 {found[0][:12]}")

    by_size(needed.items(), lambda item: item[1], read, SMALL)
    return sorted(problems)


@dataclass(frozen=True, slots=True)
class Retention:
    """What keeping only the latest snapshots would delete: paths of snapshots, and of objects that no other names."""

    snapshots: tuple[str, ...]
    objects: tuple[str, ...]


def plan_retention(backup: Store, keep: int) -> Retention:
    """Plan to keep the latest `keep` snapshots, at least one."""
    paths = list(snapshot_times(backup).values())
    going, staying = paths[: -max(keep, 1)], paths[-max(keep, 1) :]
    needed = {object_path(digest) for path in staying for digest in read_snapshot(backup, path).digests}
    objects = [listed.path for listed in backup.list(OBJECTS) if going and listed.path not in needed]
    return Retention(tuple(going), tuple(sorted(objects)))


def retain(backup: Store, plan: Retention) -> None:
    """Carry out a plan: snapshots first, so that none is ever left without what it names."""
    for path in plan.snapshots:
        backup.delete(path)
    for_each(plan.objects, backup.delete)


def _contents(store: Store, seen: Survey) -> Iterable[Content]:
    for version in seen.held.pointer.digests:
        manifest = load_manifest(store, seen.dataset, version, seen.held.pointer)
        for path, entry in manifest.files.items():
            yield Content(seen, path, entry)


def _is_loose(path: str, surveys: Sequence[Survey]) -> bool:
    """Tell whether an object is to be saved by its path: a record that a restore needs, or nothing of a version."""
    if path.startswith(f"{OWN}/"):
        return False
    if is_record(path):
        return any(path in _records(seen) for seen in surveys)
    its_set = owner(path)
    seen = next((one for one in surveys if one.dataset == its_set), None)
    return seen is None or seen.manifest is None or path[len(seen.dataset.path) + 1 :] not in seen.manifest.files


def _records(seen: Survey) -> set[str]:
    dataset: Dataset = seen.dataset
    manifests = {manifest_path(dataset, version) for version in seen.held.pointer.digests}
    return manifests | {pointer_path(dataset)}


def _known(backup: Store, loose: Mapping[str, Listed], there: Mapping[str, int]) -> dict[str, Saved]:
    try:
        before = load_snapshot(backup).objects
    except NotThere:
        return {}
    return {
        path: before[path]
        for path, listed in loose.items()
        if path in before
        and listed.e_tag is not None
        and (before[path].e_tag, before[path].bytes) == (listed.e_tag, listed.bytes)
        and there.get(object_path(before[path].sha256)) == listed.bytes
    }


def _copy_loose(store: Store, backup: Store, plan: BackupPlan, progress: Progress) -> dict[str, Saved]:
    objects = dict(plan.known)
    adding = threading.Lock()

    def copy(path: str) -> None:
        tag = store.tag(path)
        digest, size = store.digest(path)
        chunks = checked(store.chunks(path), entry_of(digest, size), store.at(path))
        backup.stream(object_path(digest), chunks, size)
        progress(size)
        with adding:
            objects[path] = Saved(digest, size, tag.e_tag)

    unknown = [path for path in plan.loose if path not in plan.known]
    by_size(unknown, lambda path: plan.loose[path].bytes, copy, SMALL)
    return dict(sorted(objects.items()))
