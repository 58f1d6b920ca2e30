"""Backing a store up into another one: each content once, checked on the way, and a snapshot when all is there."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cardlens.store.errors import Damaged, NotThere
from cardlens.store.history import History, read_history, surveyed
from cardlens.store.layout import DATASETS, OWN, is_record, owner
from cardlens.store.manifest import Entry, manifest_path, sha256
from cardlens.store.objects import Listed, Progress, Store, no_progress
from cardlens.store.parallel import by_size
from cardlens.store.pointer import pointer_path
from cardlens.store.registry_objects import digest_by_name, is_written_once
from cardlens.store.snapshot import (
    OBJECTS,
    Saved,
    Snapshot,
    entry_of,
    latest_of,
    moment_now,
    object_path,
    read_snapshot,
    snapshot_times,
)
from cardlens.store.source import Source, checked
from cardlens.store.survey import Survey
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
        loose: manifests and objects of no version, as listed.
        known: of these, what the backup has as it is.
        pointers: the pointers as they were when this was planned, by their path: everything else is what these name.
        digests: SHA-256 of loose objects that must have one: manifests, and what is registered.
        faults: records that are lost or damaged, by their path.
        carried: what the last snapshot had of these.
        kept: contents that it had; none where there are no faults.
    """

    contents: Mapping[str, Content]
    missing: Sequence[Content]
    loose: Mapping[str, Listed]
    known: Mapping[str, Saved]
    pointers: Mapping[str, bytes]
    digests: Mapping[str, str]
    faults: Mapping[str, Damaged]
    carried: Mapping[str, Saved]
    kept: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """How much will be copied."""
        unknown = (listed.bytes for path, listed in self.loose.items() if path not in self.known)
        return sum(one.entry.bytes for one in self.missing) + sum(unknown)


def plan_backup(store: Store, backup: Store) -> BackupPlan:
    """Compare a store with its backup: the records, and then a listing of each.

    A record that is lost or damaged is told in the plan, and is in the next snapshot as it was in the last one; with it
    everything that one had.
    """
    histories = [read_history(store, dataset) for dataset in DATASETS]
    surveys = [surveyed(store, one)[0] for one in histories]
    before = latest_of(backup, store.address)
    faults = _faults(store, backup, histories, before)
    listed = {one.path: one for one in store.list()}  # after the records: it shows all that these name
    there = {one.path: one.bytes for one in backup.list(OBJECTS)}
    contents = {
        one.entry.sha256: one
        for history, seen in zip(histories, surveys, strict=True)
        for one in _contents(history, seen)
    }
    records = _records(histories)
    broken = {path for one in histories for path in one.faults}
    loose = {path: one for path, one in listed.items() if _is_loose(path, surveys, records) and path not in broken}
    digests = {**records, **_registered(loose, before)}
    return BackupPlan(
        contents=contents,
        missing=[one for digest, one in contents.items() if there.get(object_path(digest)) != one.entry.bytes],
        loose=loose,
        known=_known(before, loose, digests, there),
        pointers={
            pointer_path(one.dataset): one.held.pointer.encode() for one in histories if one.held and one.held.tag
        },
        digests=digests,
        faults=faults,
        carried=_carried(before, faults, records),
        kept=before.contents if before and faults else {},
    )


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
    loose = _Loose(store, backup, plan, progress)
    objects = {**plan.carried, **loose.copy_all(), **_save_pointers(backup, plan)}
    damaged += loose.damaged
    if damaged:
        more = f" (and {len(damaged) - 1:,} more)" if len(damaged) > 1 else ""
        raise Damaged(f"{damaged[0]}{more}; no snapshot was made, the earlier ones stay as they are")
    backup.settle()
    sizes = {digest: content.entry.bytes for digest, content in plan.contents.items()}
    snapshot = Snapshot(moment_now(), store.address, dict(sorted(objects.items())), {**plan.kept, **sizes})
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


def _contents(history: History, seen: Survey) -> Iterable[Content]:
    for manifest in history.manifests.values():
        for path, entry in manifest.files.items():
            yield Content(seen, path, entry)


def _faults(store: Store, backup: Store, histories: Sequence[History], before: Snapshot | None) -> dict[str, Damaged]:
    """Gather what is wrong with records: those that cannot be read, and those that only the last snapshot has."""
    faults = {path: error for one in histories for path, error in one.faults.items()}
    if before is None:
        return faults
    for one in histories:
        path = pointer_path(one.dataset)
        if path in before.objects and one.held and one.held.tag is None:
            faults[path] = Damaged(
                f"{store.at(path)}: missing, though the backup of {before.at} has it; "
                f"heal it: cardlens store heal --from {backup.address}"
            )
    for path in _forgotten(histories, before):
        faults[path] = Damaged(
            f"{store.at(path)}: is no version any more, as the history was begun anew since the backup of {before.at}; "
            f"get it from there: cardlens store restore {backup.address} --at {before.at}"
        )
    return faults


def _forgotten(histories: Iterable[History], before: Snapshot) -> list[str]:
    """List manifests that the last snapshot has, and that a pointer which is there does not name."""
    begun = [one for one in histories if one.held and one.held.tag]
    named = _records(begun)
    folders = tuple(manifest_path(one.dataset, "").removesuffix(".json") for one in begun)
    return [
        path for path, saved in before.objects.items() if path.startswith(folders) and named.get(path) != saved.sha256
    ]


def _records(histories: Iterable[History]) -> dict[str, str]:
    """Give the manifests that pointers name, by their path, with their SHA-256."""
    return {
        manifest_path(one.dataset, version): digest
        for one in histories
        if one.held
        for version, digest in one.held.pointer.digests.items()
    }


def _registered(loose: Iterable[str], before: Snapshot | None) -> dict[str, str]:
    """Give the digests of what is registered: files by their name, records that never change as they were before."""
    named = {path: digest_by_name(path) for path in loose}
    known = before.objects if before else {}
    once = {path: known[path].sha256 for path in loose if is_written_once(path) and path in known}
    return {**{path: digest for path, digest in named.items() if digest}, **once}


def _is_loose(path: str, surveys: Sequence[Survey], records: Container[str]) -> bool:
    """Tell whether an object is to be saved by its path: a manifest that a pointer names, or nothing of a version."""
    if path.startswith(f"{OWN}/"):
        return False
    if is_record(path):
        return path in records
    its_set = owner(path)
    seen = next((one for one in surveys if one.dataset == its_set), None)
    return seen is None or seen.manifest is None or path[len(seen.dataset.path) + 1 :] not in seen.manifest.files


def _known(
    before: Snapshot | None, loose: Mapping[str, Listed], digests: Mapping[str, str], there: Mapping[str, int]
) -> dict[str, Saved]:
    """Tell which loose objects the backup has: by their digest, or as the last snapshot saw them."""
    known = {}
    for path, listed in loose.items():
        saved = before.objects.get(path) if before else None
        if path in digests:
            saved = Saved(digests[path], listed.bytes, listed.e_tag)
        elif saved is None or None in (saved.e_tag, listed.e_tag) or saved.e_tag != listed.e_tag:
            continue
        if saved.bytes == listed.bytes == there.get(object_path(saved.sha256)):
            known[path] = saved
    return known


def _carried(before: Snapshot | None, faults: Iterable[str], records: Mapping[str, str]) -> dict[str, Saved]:
    """Give what the last snapshot had of broken records; where a pointer is one, of all records of its data set."""
    objects = before.objects if before else {}
    folders = [f"{one.records}/" for one in DATASETS if pointer_path(one) in faults]
    return {
        path: one
        for path, one in objects.items()
        if path.startswith(tuple(folders)) or (path in faults and one.sha256 == records.get(path))
    }


def _save_pointers(backup: Store, plan: BackupPlan) -> dict[str, Saved]:
    """Write the pointers as they were planned: in the store they may have moved on since."""
    saved = {}
    for path, content in plan.pointers.items():
        saved[path] = Saved(sha256(content), len(content))
        backup.put(object_path(saved[path].sha256), content)
    return saved


class _Loose:
    """Manifests and objects of no version on their way into a backup, each checked where its digest is known."""

    def __init__(self, store: Store, backup: Store, plan: BackupPlan, progress: Progress) -> None:
        self._store, self._backup, self._plan, self._progress = store, backup, plan, progress
        self._objects = dict(plan.known)
        self._adding = threading.Lock()
        self.damaged: list[Damaged] = []

    def copy_all(self) -> dict[str, Saved]:
        """Copy what the backup does not have; gives all of it."""
        loose = self._plan.loose
        unknown = [path for path in loose if path not in self._plan.known]
        by_size(unknown, lambda path: loose[path].bytes, self._copy, SMALL)
        return self._objects

    def _copy(self, path: str) -> None:
        try:
            saved = self._saved(path)
        except Damaged as error:
            self.damaged.append(error)
            return
        except NotThere as error:
            if path in self._plan.digests:
                self.damaged.append(Damaged(f"{error}; heal it: cardlens store heal"))
            return  # of no version, and deleted since it was listed
        self._progress(saved.bytes)
        with self._adding:
            self._objects[path] = saved

    def _saved(self, path: str) -> Saved:
        tag = self._store.tag(path)
        digest, size = self._store.digest(path)
        wanted = self._plan.digests.get(path, digest)
        if digest != wanted:
            raise Damaged(
                f"{self._store.at(path)}: damaged: SHA-256 {digest[:12]}, recorded is {wanted[:12]}; "
                "heal it: cardlens store heal"
            )
        chunks = checked(self._store.chunks(path), entry_of(digest, size), self._store.at(path))
        self._backup.stream(object_path(digest), chunks, size)
        return Saved(digest, size, tag.e_tag)
