"""Keeping only the latest snapshots of a backup, and what they need."""

from __future__ import annotations

from dataclasses import dataclass

from cardlens.store.errors import Damaged
from cardlens.store.objects import Store
from cardlens.store.parallel import for_each
from cardlens.store.snapshot import OBJECTS, Snapshot, object_path, read_snapshot, snapshot_times


@dataclass(frozen=True, slots=True)
class Retention:
    """What keeping only the latest snapshots would delete: paths of snapshots, and of objects that no other names."""

    snapshots: tuple[str, ...]
    objects: tuple[str, ...]


def plan_retention(backup: Store, keep: int) -> Retention:
    """Plan to keep the latest `keep` snapshots of each store that is backed up there, at least one.

    Raises:
        Damaged: a snapshot cannot be read: nobody knows whose it is, and what it needs.
    """
    snapshots = {path: _read_for_retention(backup, path) for path in snapshot_times(backup).values()}
    of_source: dict[str, list[str]] = {}
    for path, snapshot in snapshots.items():
        of_source.setdefault(snapshot.source, []).append(path)
    going = sorted(path for paths in of_source.values() for path in paths[: -max(keep, 1)])
    needed = {object_path(digest) for path, one in snapshots.items() if path not in going for digest in one.digests}
    objects = [listed.path for listed in backup.list(OBJECTS) if going and listed.path not in needed]
    return Retention(tuple(going), tuple(sorted(objects)))


def _read_for_retention(backup: Store, path: str) -> Snapshot:
    try:
        return read_snapshot(backup, path)
    except Damaged:
        raise Damaged(
            f"{backup.at(path)}: damaged, and nothing is deleted while nobody knows what it needs; delete this file"
        ) from None


def retain(backup: Store, plan: Retention) -> None:
    """Carry out a plan: snapshots first, so that none is ever left without what it names."""
    for path in plan.snapshots:
        backup.delete(path)
    for_each(plan.objects, backup.delete)
