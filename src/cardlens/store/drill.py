"""Drills: what is to be done when something is lost, done on a scratch copy, with the time and the bytes that it takes.

The store itself is only read; the scratch place is filled from the backup, broken, and put right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.heal import Healer
from cardlens.store.layout import DATASETS, kept
from cardlens.store.local import LocalTree
from cardlens.store.manifest import Manifest
from cardlens.store.objects import Store
from cardlens.store.publish import Release, plan_publishing, publish
from cardlens.store.pull import plan_pulling, pull
from cardlens.store.restore import plan_restore, restore
from cardlens.store.rollback import plan_rollback, roll_back
from cardlens.store.snapshot import Snapshot, snapshot_for
from cardlens.store.survey import Survey, survey
from cardlens.store.verify import verify_store


@dataclass(frozen=True, slots=True)
class Drill:
    """How a drill went: what was lost, whether all came back, seconds and bytes that the recovery took."""

    name: str
    passed: bool
    seconds: float
    bytes: int
    report: str


class Drills:
    """The drills of one store.

    Args:
        store: read only.
        backup: of the store.
        scratch: empty; what happens to it does not matter.
        folder: an empty local folder.
    """

    def __init__(self, store: Store, backup: Store, scratch: Store, folder: Path) -> None:
        """Nothing is read yet."""
        self._store, self._backup, self._scratch = store, backup, scratch
        self._tree = LocalTree(folder)
        self._bytes = 0

    def run(self) -> Iterator[Drill]:
        """Run them one after the other: each needs what the one before left.

        Raises:
            StoreError: the store or its backup cannot be read: then there is nothing to drill.
        """
        snapshot_for(self._backup, self._store.address)
        next(iter(self._store.list()), None)
        yield self._drill("the bucket is lost", self.bucket_is_lost)
        yield self._drill("a bad release", self.bad_release)
        yield self._drill("an object rots", self.object_rots)

    def bucket_is_lost(self) -> str:
        """Rebuild the store from the backup; every version must be as it was, byte for byte."""
        snapshot = snapshot_for(self._backup, self._store.address)
        restore(self._backup, plan_restore(self._backup, snapshot, self._scratch), self._scratch, self._count)
        versions = self._same_versions(snapshot)
        findings = verify_store(self._scratch, DATASETS)
        if findings:
            raise Damaged(f"{findings[0]}, after the restore")
        return f"{versions} versions and {len(snapshot.digests):,} objects equal, byte for byte"

    def bad_release(self) -> str:
        """Publish a bad release, take it back; the tree must be as before."""
        before = self._first()
        dataset, good = before.dataset, _manifest(before)
        path, entry = min(good.files.items(), key=lambda item: item[1].bytes)
        bad = self._tree.folder(dataset) / path
        bad.parent.mkdir(parents=True, exist_ok=True)
        bad.write_bytes(b"bad release")
        plan = plan_publishing(self._scratch, dataset, self._tree)
        manifest = publish(self._scratch, plan, self._tree, Release(title="A bad release"))
        bad.unlink()
        roll_back(self._scratch, plan_rollback(self._scratch, dataset), "a drill")
        self._count(entry.bytes)
        found = self._scratch.digest(f"{dataset.path}/{path}")
        after = survey(self._scratch, dataset)
        if found != (entry.sha256, entry.bytes) or _manifest(after) != good or after.altered:
            raise Damaged(f"{dataset.name}: not as before {manifest.version}")
        return f"{dataset.name} {manifest.version} was published and taken back: {good.version} is current, as it was"

    def object_rots(self) -> str:
        """Flip a bit of an object; it must be found, refused by a pull, and healed from the backup."""
        seen = self._first()
        dataset = seen.dataset
        path, entry = min(_manifest(seen).files.items(), key=lambda item: item[1].bytes)
        place = f"{dataset.path}/{path}"
        found = self._scratch.read(place)
        if found is None:
            raise NotThere(f"{self._scratch.at(place)}: not there")
        for rotten in (place, kept(entry.sha256)):  # its kept copy too: only the backup can help
            if self._scratch.look(rotten) is not None:
                self._scratch.put(rotten, _flipped(found.content))
        findings = verify_store(self._scratch, [dataset])
        if not any(one.path == path for one in findings):
            raise StoreError(f"{self._scratch.at(place)}: a flipped bit was not found")
        self._must_refuse(seen)
        healings = Healer(self._scratch, self._backup, snapshot_for(self._backup, self._store.address)).heal(findings)
        self._count(len(found.content))
        left = verify_store(self._scratch, [dataset])
        if left:
            raise Damaged(f"{left[0]}, after the healing")
        return f"{place}: found, refused by a pull, healed from {healings[0].source}"

    def _drill(self, name: str, recover: Callable[[], str]) -> Drill:
        self._bytes = 0
        started = perf_counter()
        try:
            report, passed = recover(), True
        except StoreError as error:
            report, passed = str(error), False
        return Drill(name, passed, perf_counter() - started, self._bytes, report)

    def _same_versions(self, snapshot: Snapshot) -> int:
        """Count the versions that are the same in store and scratch; raises `Damaged` where one is not."""
        count = 0
        for path in snapshot.objects:
            if "/versions/" in path:
                ours, theirs = self._scratch.read(path), self._store.read(path)
                if ours is None or theirs is None or ours.content != theirs.content:
                    raise Damaged(f"{self._scratch.at(path)}: not as in {self._store.address}")
                count += 1
        return count

    def _first(self) -> Survey:
        """Give the data set to try on: the smallest that has more than one file, or else any."""
        surveys = [seen for seen in (survey(self._scratch, one) for one in DATASETS) if seen.manifest is not None]
        if not surveys:
            raise NotThere(f"{self._scratch.address}: no version of anything to try on")
        return min(surveys, key=lambda seen: (len(_manifest(seen).files) < 2, _manifest(seen).size))

    def _must_refuse(self, seen: Survey) -> None:
        with _refused(self._scratch.at(seen.dataset.path)):
            pull(self._scratch, plan_pulling(self._scratch, seen.dataset, self._tree), self._tree)

    def _count(self, size: int) -> None:
        self._bytes += size


def _manifest(seen: Survey) -> Manifest:
    if seen.manifest is None:
        raise NotThere(f"{seen.dataset.path}: no version")
    return seen.manifest


def _flipped(content: bytes) -> bytes:
    if not content:
        return b"\x01"
    return bytes([content[0] ^ 1]) + content[1:]


@contextmanager
def _refused(place: str) -> Iterator[None]:
    try:
        yield
    except Damaged:
        return
    raise StoreError(f"{place}: a pull took a flipped bit")
