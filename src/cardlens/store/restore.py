"""Building a store again from a backup, with every version; into an empty place."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cardlens.store.again import PutAgain
from cardlens.store.errors import Damaged, StoreError
from cardlens.store.layout import DATASETS, Dataset, is_record, kept
from cardlens.store.manifest import Entry, Manifest, manifest_path
from cardlens.store.objects import Progress, Store, Tag, no_progress
from cardlens.store.parallel import by_size
from cardlens.store.places import KEPT_ONLY
from cardlens.store.pointer import Pointer, pointer_path
from cardlens.store.restoring import MARK
from cardlens.store.snapshot import Saved, Snapshot, entry_of, object_path
from cardlens.store.source import checked
from cardlens.store.transfer import SMALL


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would do: of which snapshot, how many bytes, and how many of them are there already."""

    snapshot: Snapshot
    there: Mapping[str, int]

    @property
    def bytes(self) -> int:
        """Size of all that the snapshot names."""
        return sum(self.snapshot.digests.values())


def plan_restore(backup: Store, snapshot: Snapshot, target: Store) -> RestorePlan:
    """Look whether the target may be restored into; raises `StoreError` where something else is there."""
    there = {listed.path: listed.bytes for listed in target.list()}
    mark = target.read(MARK)
    if there and (mark is None or json.loads(mark.content) != _mark(snapshot, backup, done=False)):
        raise StoreError(
            f"{target.address}: not empty ({len(there):,} objects); restore into an empty folder or bucket: --store URL"
        )
    return RestorePlan(snapshot, there)


def restore(backup: Store, plan: RestorePlan, target: Store, progress: Progress = no_progress) -> None:
    """Carry out a plan. Killed at any moment, the same call does the rest; a data set shows when all of it is there.

    Raises:
        Damaged: the backup's bytes are not right; try another snapshot.
    """
    versioned = _write_mark(target, plan, backup, done=False)
    pointers = {pointer_path(dataset): dataset for dataset in DATASETS}
    placed = set(pointers)
    for path, dataset in pointers.items():
        if path in plan.snapshot.objects:
            its_set = _Dataset(backup, plan, target, dataset, versioned=versioned)
            placed |= {f"{dataset.path}/{file}" for file in its_set.current}
            if path not in plan.there:
                its_set.restore(progress)
    loose = {path: saved for path, saved in plan.snapshot.objects.items() if path not in placed}
    missing = [(path, saved) for path, saved in loose.items() if plan.there.get(path) != saved.bytes]
    for records in (False, True):  # manifests come late: without a pointer they say that it was lost
        chosen = [item for item in missing if is_record(item[0]) is records]
        by_size(chosen, lambda item: item[1].bytes, lambda item: _copy_object(backup, target, *item), SMALL)
    target.settle()
    for path in pointers:
        if path in plan.snapshot.objects:
            _copy_object(backup, target, path, plan.snapshot.objects[path])
    _write_mark(target, plan, backup, done=True)


class _Dataset:
    """One data set that is restored: its current files in place, those of older versions as kept copies."""

    def __init__(self, backup: Store, plan: RestorePlan, target: Store, dataset: Dataset, *, versioned: bool) -> None:
        self._backup, self._plan, self._target, self._dataset = backup, plan, target, dataset
        self._versioned = versioned
        self._again = PutAgain(target, dataset, versioned=versioned)
        self._manifests = list(self._read_manifests())
        pointer = Pointer.decode(self._read(pointer_path(dataset)), backup.address)
        self.current = next((one.files for one in self._manifests if one.version == pointer.version), {})

    def restore(self, progress: Progress) -> None:
        in_place = {(path, entry.sha256) for path, entry in self.current.items()}
        older = {
            (path, entry.sha256): entry
            for manifest in self._manifests
            for path, entry in manifest.files.items()
            if (path, entry.sha256) not in in_place
        }

        def put(item: tuple[str, Entry]) -> None:
            self._put(*item)
            progress(item[1].bytes)

        def keep(item: tuple[str, Entry]) -> None:
            self._keep(*item)
            progress(item[1].bytes)

        by_size(self.current.items(), lambda item: item[1].bytes, put, SMALL)
        by_size(((path, entry) for (path, _), entry in older.items()), lambda item: item[1].bytes, keep, SMALL)
        self._again.record()

    def _put(self, path: str, entry: Entry) -> None:
        place = f"{self._dataset.path}/{path}"
        if self._is_there(place, entry) and (self._versioned or self._is_there(kept(entry.sha256), entry)):
            self._again.note(path, entry, self._target.tag(place))
        else:
            self._again.in_place(path, entry, self._copy_to)

    def _is_there(self, path: str, entry: Entry) -> bool:
        """Tell whether an earlier run has put an object: nothing else may write here, and none appears half."""
        return self._plan.there.get(path) == entry.bytes

    def _keep(self, path: str, entry: Entry) -> None:
        if not self._is_there(kept(entry.sha256), entry):
            self._again.copy(path, entry, self._copy_to)
        self._again.note(path, entry, KEPT_ONLY)  # the manifest names an object version of the bucket that was lost

    def _copy_to(self, target: Store, target_path: str, _: str, entry: Entry) -> Tag:
        return target.stream(target_path, _content(self._backup, entry), entry.bytes)

    def _read_manifests(self) -> Iterator[Manifest]:
        start = manifest_path(self._dataset, "")[: -len(".json")]
        for path in self._plan.snapshot.objects:
            if path.startswith(start):
                yield Manifest.decode(self._read(path), self._backup.address)

    def _read(self, path: str) -> bytes:
        saved = self._plan.snapshot.objects[path]
        return b"".join(_content(self._backup, entry_of(saved.sha256, saved.bytes)))


def _mark(snapshot: Snapshot, backup: Store, *, done: bool) -> dict[str, object]:
    return {"snapshot": snapshot.path, "backup": backup.address, "done": done}


def _write_mark(target: Store, plan: RestorePlan, backup: Store, *, done: bool) -> bool:
    """Note what is going on; tells whether the target keeps versions by itself."""
    content = json.dumps(_mark(plan.snapshot, backup, done=done)).encode()
    return target.put(MARK, content).version is not None


def _copy_object(backup: Store, target: Store, path: str, saved: Saved) -> None:
    target.stream(path, _content(backup, entry_of(saved.sha256, saved.bytes)), saved.bytes)


def _content(backup: Store, entry: Entry) -> Iterator[bytes]:
    place = object_path(entry.sha256)
    try:
        yield from checked(backup.chunks(place), entry, backup.at(place))
    except Damaged as error:
        raise Damaged(f"{error}; try an earlier snapshot: --at TIME, or another backup") from error
