"""Publishing a version: planned first, announced, sent, put in place, recorded; and only then current."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any
from uuid import uuid4

from cardlens.store.errors import AlreadyThere, Outdated, StoreError
from cardlens.store.journal import Journal
from cardlens.store.layout import Dataset, kept
from cardlens.store.leaving import take_out
from cardlens.store.local import LocalFile, LocalTree
from cardlens.store.local import Progress as HashProgress
from cardlens.store.local import no_progress as no_hashing
from cardlens.store.manifest import Entry, Manifest, check_version, manifest_path, now, sha256
from cardlens.store.objects import Progress, Store, Tag, no_progress
from cardlens.store.parallel import by_size, for_each
from cardlens.store.pointer import Claim, Held, claim, event, latest_version, whoami, write_pointer
from cardlens.store.survey import Survey, survey
from cardlens.store.transfer import SMALL

FIRST_VERSION = "v1.0"


TellLeft = Callable[[Mapping[str, StoreError]], None]


@dataclass(frozen=True, slots=True)
class Release:
    """What is said of a version: its name (the next one by default), a line, the change log's notes, its parents."""

    version: str | None = None
    title: str = ""
    notes: Sequence[str] = ()
    status: str = "stable"
    parents: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """What publishing would do.

    Attributes:
        dataset: which.
        seen: the store as it was when this was planned.
        sends: files that the current version does not have, or has otherwise.
        same: files that it has as they are.
        missing: files of the current version that are not here; they stay in the new one.
        removed: those of them, and objects of no version, that are named to be deleted.
        misplaced: files that something has changed in the store, and that are here as they should be.
    """

    dataset: Dataset
    seen: Survey
    sends: tuple[LocalFile, ...]
    same: tuple[LocalFile, ...]
    missing: tuple[str, ...]
    removed: tuple[str, ...]
    misplaced: tuple[LocalFile, ...]

    @property
    def bytes(self) -> int:
        """How much will be sent."""
        return sum(one.bytes for one in (*self.sends, *self.misplaced))

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.sends or self.removed or self.misplaced)


def plan_publishing(
    store: Store, dataset: Dataset, tree: LocalTree, delete: Sequence[str] = (), progress: HashProgress = no_hashing
) -> PublishPlan:
    """Compare a local tree with the current version.

    Args:
        store: where to.
        dataset: which.
        tree: where from.
        delete: patterns such as `old/*` of files that shall not be in the next version.
        progress: told how many of how many files have a digest.
    """
    seen = survey(store, dataset, tree.cache)
    there = seen.manifest.files if seen.manifest else {}
    here = tree.files(dataset, progress, needed=there)  # what is new is read when it is sent
    removed = {path for path in (*there, *seen.unrecorded) if any(fnmatchcase(path, one) for one in delete)}
    sends, same, misplaced = [], [], []
    for path, file in sorted(here.items()):
        if path in removed:
            continue
        entry = there.get(path)
        if entry is None or entry.sha256 != file.sha256:
            sends.append(file)
        elif seen.is_in_place(path, entry):
            same.append(file)
        else:
            misplaced.append(file)
    missing = sorted(set(there) - set(here) - removed)
    return PublishPlan(
        dataset, seen, tuple(sends), tuple(same), tuple(missing), tuple(sorted(removed)), tuple(misplaced)
    )


def publish(
    store: Store,
    plan: PublishPlan,
    tree: LocalTree,
    release: Release,
    progress: Progress = no_progress,
    *,
    take_over: bool = False,
    tell_left: TellLeft = lambda _: None,
) -> Manifest:
    """Carry out a plan. Killed at any moment, the same call goes on where it stopped.

    Args:
        store: as planned.
        plan: not empty.
        tree: as planned.
        release: what is said of the version.
        progress: told the bytes of each part that was sent.
        take_over: end a publication that somebody else began and gave up.
        tell_left: told which files that the version does not have could not be deleted, and why.

    Returns:
        The version that is now current.

    Raises:
        Busy: somebody else is publishing.
        Outdated: somebody else has published since the plan was made.
        StoreError: a version of that name exists, a file has changed, or the store refuses.
    """
    with tree.locked():
        publication = _Publication(store, plan, tree, release, progress)
        manifest = publication.run(take_over=take_over)
        tell_left(take_out(store, plan.dataset, plan.removed))
        publication.end()
        return manifest


class _Publication:
    """One publication, from its announcement to its end."""

    def __init__(self, store: Store, plan: PublishPlan, tree: LocalTree, release: Release, progress: Progress) -> None:
        self._store, self._plan, self._tree, self._release, self._progress = store, plan, tree, release, progress
        self._dataset = plan.dataset
        self._journal = Journal(tree.own / f"publish-{plan.dataset.name}.jsonl")
        self._version = release.version or next_version(plan.seen.held.pointer.digests)
        self._tags: dict[str, Tag] = {}

    def run(self, *, take_over: bool) -> Manifest:
        self._refuse_taken_name()
        head = self._open_journal()
        mine = Claim(head["token"], whoami(), head["since"], self._version)
        held = claim(self._store, self._dataset, self._plan.seen.held, mine, take_over=take_over)
        versioned = held.tag is not None and self._tag_version(held) is not None
        with self._journal:
            self._send_all(versioned=versioned)
        self._tree.learn(self._plan.sends)
        self._store.settle()
        manifest = self._record(head["since"])
        self._make_current(held, manifest)
        return manifest

    def end(self) -> None:
        """Forget how far it was."""
        self._journal.end()

    def _refuse_taken_name(self) -> None:
        try:
            check_version(self._version)
        except ValueError as error:
            raise StoreError(f"{self._dataset.name}: {error}; give one with --version") from None
        if self._version in self._plan.seen.held.pointer.digests:
            raise StoreError(
                f"{self._store.at(self._dataset.path)}: {self._version} is published and stays as it is; "
                f"give another name, such as --version {next_version(self._plan.seen.held.pointer.digests)}"
            )

    def _open_journal(self) -> dict[str, Any]:
        """Go on with the journal of an interrupted publication of the same, or begin one."""
        head = self._journal.head()
        work = {"store": self._store.address, "dataset": self._dataset.name, "version": self._version}
        if head is None or {name: head.get(name) for name in work} != work:
            head = {**work, "token": uuid4().hex, "since": now()}
            self._journal.begin(head)
        return head

    def _tag_version(self, held: Held) -> str | None:
        """Tell whether the bucket keeps versions: then the pointer, just written or looked at, has one."""
        tag = held.tag or Tag()
        return tag.version or self._store.tag(f"{self._dataset.records}/current.json").version

    def _send_all(self, *, versioned: bool) -> None:
        done = {step["path"]: step for step in self._journal.steps()}
        todo = []
        for one in (*self._plan.sends, *self._plan.misplaced):
            step = done.get(one.path)
            if step is not None and step["sha256"] == one.sha256:
                self._tags[one.path] = Tag(step["e_tag"], step["version"])
                self._progress(one.bytes)
            else:
                todo.append(one)
        together = self._dataset.together or self._store.shares_copies
        way = self._keep_first if together else self._send_in_place if versioned else self._send_and_keep
        self._transfer(todo, way)
        if together:
            for_each((*self._plan.sends, *self._plan.misplaced), self._put_in_place)

    def _transfer(self, files: Sequence[LocalFile], way: Callable[[LocalFile], Tag]) -> None:
        """Send files, and note each that has arrived."""

        def step(one: LocalFile) -> None:
            tag = way(one)
            self._tags[one.path] = tag
            self._journal.add({"path": one.path, "sha256": one.sha256, "e_tag": tag.e_tag, "version": tag.version})

        by_size(files, lambda one: one.bytes, step, SMALL)

    def _send_in_place(self, one: LocalFile) -> Tag:
        return self._send(self._place(one), one)

    def _send(self, path: str, one: LocalFile) -> Tag:
        sent = self._store.send(path, one.file, one.known, self._progress)
        if sent.bytes != one.bytes:
            raise StoreError(f"{one.file}: was changed since it was found; give the same command again")
        one.known = sent.sha256
        return sent.tag

    def _send_and_keep(self, one: LocalFile) -> Tag:
        tag = self._send_in_place(one)
        self._store.copy(self._place(one), kept(one.sha256), one.bytes)
        return tag

    def _keep_first(self, one: LocalFile) -> Tag:
        return self._send(kept(one.sha256), one)

    def _put_in_place(self, one: LocalFile) -> None:
        self._store.copy(kept(one.sha256), self._place(one), one.bytes)
        self._tags[one.path] = self._store.tag(self._place(one))

    def _place(self, one: LocalFile) -> str:
        return f"{self._dataset.path}/{one.path}"

    def _record(self, since: str) -> Manifest:
        """Write the manifest; after an interruption it may be there already, and is then taken as it is."""
        manifest = self._manifest(since)
        path = manifest_path(self._dataset, self._version)
        try:
            self._store.create(path, manifest.encode())
        except AlreadyThere:
            found = self._store.read(path)
            theirs = Manifest.decode(found.content, self._store.at(path)) if found else None
            if theirs is None or _contents(theirs) != _contents(manifest):
                raise Outdated(
                    f"{self._store.at(path)}: a version of this name was begun with other files and given up; "
                    "give another name: --version V --take-over"
                ) from None
            return theirs
        return manifest

    def _manifest(self, since: str) -> Manifest:
        before = self._plan.seen.manifest
        files = {
            path: entry for path, entry in (before.files if before else {}).items() if path not in self._plan.removed
        }
        for one in (*self._plan.sends, *self._plan.misplaced):
            tag = self._tags[one.path]
            brought = files[one.path].since if one in self._plan.misplaced else self._version
            files[one.path] = Entry(one.bytes, one.sha256, brought, tag.version, tag.e_tag)
        release = self._release
        return Manifest(
            dataset=self._dataset.name,
            version=self._version,
            created=since,
            by=whoami(),
            title=release.title,
            notes=tuple(release.notes),
            status=release.status,
            parents=dict(release.parents),
            previous=None if before is None else (before.version, sha256(before.encode())),
            files=dict(sorted(files.items())),
        )

    def _make_current(self, held: Held, manifest: Manifest) -> None:
        happened = event("publish", manifest.version, manifest.title, sha256(manifest.encode()))
        pointer = replace(held.pointer, version=manifest.version, claim=None).with_event(happened)
        write_pointer(self._store, self._dataset, pointer, held.tag)


def next_version(published: Mapping[str, str]) -> str:
    """Give the name after the highest: v2.1 → v2.2."""
    latest = latest_version(published)
    if latest is None:
        return FIRST_VERSION
    major, minor = check_version(latest)
    return f"v{major}.{minor + 1}"


def _contents(manifest: Manifest) -> dict[str, str]:
    return {path: entry.sha256 for path, entry in manifest.files.items()}


def describe(manifest: Manifest) -> dict[str, Any]:
    """Give what a program reads of a version."""
    return {**asdict(manifest), "bytes": manifest.size, "count": len(manifest.files)}
