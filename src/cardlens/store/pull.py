"""Pulling a version: exactly what its manifest says, byte for byte, or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cardlens.store.durable import flush
from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.faults import explained
from cardlens.store.layout import Dataset
from cardlens.store.local import LocalFile, LocalTree, digest_of, state_of
from cardlens.store.manifest import Entry, Manifest
from cardlens.store.objects import Progress, Store, no_progress
from cardlens.store.parallel import for_each, hand_over
from cardlens.store.source import Source
from cardlens.store.survey import Survey, load_manifest, survey
from cardlens.store.switch import Switch
from cardlens.store.transfer import SMALL, write

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@dataclass(frozen=True, slots=True)
class PullPlan:
    """What pulling would do.

    Attributes:
        dataset: which.
        seen: the store as it was when this was planned.
        manifest: of the version wanted.
        fetches: files that are not here.
        replaces: files that are here with other contents.
        same: files that are here as they are.
        extra: files here that the version does not have; they stay, but for a switched data set.
    """

    dataset: Dataset
    seen: Survey
    manifest: Manifest
    fetches: Mapping[str, Entry]
    replaces: Mapping[str, Entry]
    same: Mapping[str, LocalFile]
    extra: tuple[str, ...]
    in_use: bool

    @property
    def wanted(self) -> dict[str, Entry]:
        """All that is to be fetched."""
        return {**self.fetches, **self.replaces}

    @property
    def bytes(self) -> int:
        """How much will be fetched."""
        return sum(entry.bytes for entry in self.wanted.values())

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self.wanted and self.in_use


def plan_pulling(
    store: Store,
    dataset: Dataset,
    tree: LocalTree,
    version: str | None = None,
    sets: Sequence[str] = (),
) -> PullPlan:
    """Compare a version with a local tree.

    Args:
        store: where from.
        dataset: which.
        tree: where to.
        version: by default the current one.
        sets: patterns such as `sv*`: only files of cards of such sets; not for a switched data set.

    Raises:
        NotThere: there is no such version, or none at all.
    """
    seen = survey(store, dataset, tree.cache)
    manifest = _wanted_manifest(store, seen, tree, version)
    if sets and dataset.switched:
        raise StoreError(f"{dataset.name}: is one database, pulled as a whole; leave out --set")
    here = tree.files(dataset)
    files = {path: entry for path, entry in manifest.files.items() if not sets or of_sets(path, sets)}
    same = {path: here[path] for path, entry in files.items() if path in here and here[path].sha256 == entry.sha256}
    return PullPlan(
        dataset=dataset,
        seen=seen,
        manifest=manifest,
        fetches={path: entry for path, entry in files.items() if path not in here},
        replaces={path: entry for path, entry in files.items() if path in here and path not in same},
        same=same,
        extra=tuple(sorted(set(here) - set(manifest.files))),
        in_use=not dataset.switched or Switch(tree, dataset).in_use == manifest.version,
    )


def pull(store: Store, plan: PullPlan, tree: LocalTree, progress: Progress = no_progress) -> None:
    """Carry out a plan. Killed at any moment, the same call goes on where it stopped.

    Files of a switched data set come into use together, in one step. Those of another appear one by one, each whole.

    Raises:
        Damaged: the store has other bytes than the manifest says; what is in use stays.
        Busy: another process works in the tree.
    """
    with tree.locked():
        _refuse_altered(store, plan)
        source = Source(store, plan.seen)
        if plan.dataset.switched:
            _pull_switched(source, plan, tree, progress)
        else:
            _pull_in_place(source, plan, tree, progress)


def of_sets(path: str, sets: Sequence[str]) -> bool:
    """Tell whether a file belongs to a card of one of these sets: `sv3pt5-25.png`, `train/sv3pt5-25/0.png`."""
    names = [PurePosixPath(part).stem if "." in part else part for part in path.split("/")]
    return any("-" in name and fnmatchcase(name.rpartition("-")[0], one) for name in names for one in sets)


def _wanted_manifest(store: Store, seen: Survey, tree: LocalTree, version: str | None) -> Manifest:
    if seen.manifest is None:
        place = store.at(seen.dataset.path)
        if seen.objects:
            raise NotThere(
                f"{place}: {len(seen.objects):,} files, but no version of them is recorded; "
                f"record it: cardlens store adopt {seen.dataset.name}"
            )
        raise NotThere(f"{place}: nothing there; publish it first: cardlens store push {seen.dataset.name}")
    if version in (None, seen.manifest.version):
        return seen.manifest
    return load_manifest(store, seen.dataset, str(version), seen.held.pointer, tree.cache)


def _refuse_altered(store: Store, plan: PullPlan) -> None:
    """Raise `Damaged` where a listing shows already that a file was changed past the records."""
    seen = plan.seen
    is_current = seen.manifest is not None and plan.manifest.version == seen.manifest.version
    if not is_current or seen.held.pointer.claim is not None:
        return
    altered = [path for path, entry in plan.wanted.items() if not seen.is_in_place(path, entry)]
    if altered:
        more = f", and {len(altered) - 1:,} more" if len(altered) > 1 else ""
        raise Damaged(
            f"{store.at(plan.dataset.path)}/{altered[0]}: was changed or deleted past the records{more}; "
            f"look at it: cardlens store verify {plan.dataset.name}, then heal it: cardlens store heal"
        )


def _pull_in_place(source: Source, plan: PullPlan, tree: LocalTree, progress: Progress) -> None:
    folder = tree.folder(plan.dataset)
    with explained(str(folder)):
        tree.learn(_fetch_all(source, plan.wanted, folder, progress))


def _pull_switched(source: Source, plan: PullPlan, tree: LocalTree, progress: Progress) -> None:
    switch = Switch(tree, plan.dataset)
    version = plan.manifest.version
    if _holds(switch.folder(version), plan.manifest):
        switch.use(version)
        return
    staging = switch.staging(version)
    with explained(str(staging)):
        staging.mkdir(parents=True, exist_ok=True)
        for path, local in plan.same.items():
            _share(local.file, staging / path)
        written = _fetch_all(source, _not_staged(plan.wanted, staging), staging, progress)
        _drop_extra(staging, plan.manifest)
        for_each([*staging.rglob("*"), staging], flush)
        tree.learn(written)
    switch.finish(version)
    switch.use(version)


def _holds(folder: Path, manifest: Manifest) -> bool:
    """Tell whether a folder has every file of a version, all bytes read."""
    files = {path: folder / path for path in manifest.files}
    return folder.is_dir() and all(
        file.is_file()
        and file.stat().st_size == manifest.files[path].bytes
        and digest_of(file) == manifest.files[path].sha256
        for path, file in files.items()
    )


def _fetch_all(source: Source, wanted: Mapping[str, Entry], folder: Path, progress: Progress) -> list[LocalFile]:
    """Fetch small files many at once, large ones one by one; returns the files written, their digests known."""
    for parent in {path.rpartition("/")[0] for path in wanted}:
        (folder / parent).mkdir(parents=True, exist_ok=True)
    written: list[LocalFile] = []

    def note(path: str, entry: Entry) -> None:
        file = folder / path
        written.append(LocalFile(path, file, state_of(file), entry.sha256))

    def read(path: str) -> tuple[str, ReadableBuffer]:
        return path, source.content(path, wanted[path], progress)

    def keep(read: tuple[str, ReadableBuffer]) -> None:
        path, content = read
        write(folder / path, content)
        note(path, wanted[path])

    hand_over([path for path, entry in wanted.items() if entry.bytes <= SMALL], read, keep)
    for path, entry in wanted.items():
        if entry.bytes > SMALL:
            source.fetch(path, entry, folder / path, progress)
            note(path, entry)
    return written


def _not_staged(wanted: Mapping[str, Entry], staging: Path) -> dict[str, Entry]:
    """Leave out what an interrupted pull has staged: a file has its name only after its digest was right."""
    return {
        path: entry
        for path, entry in wanted.items()
        if not (staging / path).is_file() or (staging / path).stat().st_size != entry.bytes
    }


def _share(file: Path, target: Path) -> None:
    """Let a version have a file of the one before without a second copy, where the file system can."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(file.resolve(), target)
    except OSError:
        shutil.copy2(file, target)


def _drop_extra(staging: Path, manifest: Manifest) -> None:
    for file in staging.rglob("*"):
        if file.is_file() and file.relative_to(staging).as_posix() not in manifest.files:
            file.unlink()
