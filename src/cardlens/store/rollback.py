"""Making an earlier version of the store's current again: a bad release is taken back without a new upload."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import uuid4

from cardlens.store.again import PutAgain
from cardlens.store.errors import NotThere, StoreError
from cardlens.store.layout import Dataset
from cardlens.store.leaving import take_out
from cardlens.store.manifest import Entry, Manifest, now
from cardlens.store.objects import Store
from cardlens.store.parallel import by_size
from cardlens.store.pointer import Claim, claim, event, pointer_path, whoami, write_pointer
from cardlens.store.source import Source
from cardlens.store.survey import Survey, load_manifest, survey
from cardlens.store.transfer import SMALL


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """What going back would do.

    Attributes:
        seen: the store as it was when this was planned.
        manifest: of the version to go back to.
        puts: files that have to come into place again.
        leaves: files of the current version that the earlier one does not have; they are taken out of the tree.
    """

    dataset: Dataset
    seen: Survey
    manifest: Manifest
    puts: dict[str, Entry]
    leaves: tuple[str, ...]


def plan_rollback(store: Store, dataset: Dataset, version: str | None = None) -> RollbackPlan:
    """Plan to go back to `version`, by default to the one that was current before; raises `NotThere`."""
    seen = survey(store, dataset)
    if seen.manifest is None:
        raise NotThere(f"{store.at(dataset.path)}: nothing was ever published there")
    manifest = load_manifest(store, dataset, version or _before(store, seen), seen.held.pointer)
    current = seen.manifest.files
    puts = {path: entry for path, entry in manifest.files.items() if not seen.is_in_place(path, entry)}
    changed = {path: entry for path, entry in manifest.files.items() if current.get(path, entry).sha256 != entry.sha256}
    return RollbackPlan(dataset, seen, manifest, {**puts, **changed}, tuple(sorted(set(current) - set(manifest.files))))


def roll_back(store: Store, plan: RollbackPlan, note: str = "", *, take_over: bool = False) -> dict[str, StoreError]:
    """Carry out a plan; killed at any moment, the same call with `take_over` goes on.

    Returns:
        Files that should leave the tree and could not be deleted, and why: a publisher may delete nothing.

    Raises:
        Busy: somebody is publishing.
        Outdated: somebody has published since the plan was made.
        Damaged: a content of the earlier version is lost.
    """
    dataset, version = plan.dataset, plan.manifest.version
    mine = Claim(uuid4().hex, whoami(), now(), version)
    held = claim(store, dataset, plan.seen.held, mine, take_over=take_over)
    versioned = store.tag(pointer_path(dataset)).version is not None
    again, source = PutAgain(store, dataset, versioned=versioned), Source(store, plan.seen)
    by_size(plan.puts.items(), lambda item: item[1].bytes, lambda item: again.in_place(*item, source.copy_to), SMALL)
    again.record()
    store.settle()
    pointer = replace(held.pointer, version=version, claim=None)
    write_pointer(store, dataset, pointer.with_event(event("rollback", version, note)), held.tag)
    return take_out(store, dataset, plan.leaves)


def _before(store: Store, seen: Survey) -> str:
    """Name the version that was current before the present one."""
    current = seen.held.pointer.version
    steps = [one.version for one in seen.held.pointer.history if one.action in ("publish", "adopt", "rollback")]
    earlier = [version for version in steps if version != current]
    if not earlier:
        raise NotThere(f"{store.at(seen.dataset.path)}: {current} is the only version; there is nothing to go back to")
    return earlier[-1]
