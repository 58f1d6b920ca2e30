"""Versions, their change log and their lineage, as told by manifests and pointers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cardlens.store.errors import Damaged
from cardlens.store.history import read_history
from cardlens.store.layout import Dataset
from cardlens.store.manifest import Manifest
from cardlens.store.objects import Store
from cardlens.store.pointer import Event, Pointer
from cardlens.store.survey import RecordCache

CURRENT = "current"
Node = tuple[str, str]  # data set, version


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as tables show it. `status`: `current`, what it was marked as last, or what it was published as."""

    dataset: str
    title: str
    version: str
    created: str
    status: str
    files: int
    bytes: int
    note: str
    parents: tuple[tuple[str, str], ...] = ()

    @property
    def day(self) -> str:
        """The date, as the page has it: Jan 11, 2026."""
        return day(self.created)


@dataclass(frozen=True, slots=True)
class Chapter:
    """The versions of one data set, oldest first; `faults`: what is wrong with records of it that cannot be read."""

    dataset: Dataset
    pointer: Pointer
    manifests: tuple[Manifest, ...]
    faults: tuple[Damaged, ...] = ()


def read_chapters(store: Store, datasets: Sequence[Dataset], cache: RecordCache | None = None) -> list[Chapter]:
    """Read every version of data sets; those without any are left out. A record that is broken hides no other."""
    histories = [read_history(store, dataset, cache) for dataset in datasets]
    return [
        Chapter(
            one.dataset,
            one.held.pointer if one.held else Pointer(one.dataset.name),
            tuple(one.manifests.values()),
            tuple(one.faults.values()),
        )
        for one in histories
        if one.manifests or one.faults
    ]


def version_rows(chapter: Chapter) -> list[VersionRow]:
    """List the versions of a data set, oldest first."""
    return [
        VersionRow(
            dataset=chapter.dataset.name,
            title=chapter.dataset.title,
            version=one.version,
            created=one.created,
            status=status(chapter.pointer, one),
            files=len(one.files),
            bytes=one.size,
            note=one.title,
            parents=tuple(one.parents.items()),
        )
        for one in chapter.manifests
    ]


def current_rows(chapter: Chapter) -> list[VersionRow]:
    """Give the row of the current version, and of parts of it that have versions of their own."""
    rows = {row.version: row for row in version_rows(chapter)}
    manifest = next((one for one in chapter.manifests if one.version == chapter.pointer.version), None)
    if manifest is None:
        return []  # its manifest is broken
    now = rows[manifest.version]
    parts = []
    for path, title in chapter.dataset.parts:
        entry = manifest.files.get(path)
        if entry is None or entry.since not in rows:
            continue
        since = rows[entry.since]
        parts.append(VersionRow(now.dataset, title, entry.since, since.created, now.status, 1, entry.bytes, since.note))
    return [now, *parts]


def status(pointer: Pointer, manifest: Manifest) -> str:
    """Say what a version is: the last mark that it was given, or its own word; `current` goes before."""
    marks = [event for event in pointer.history if event.action == "mark" and event.version == manifest.version]
    word = marks[-1].note if marks else manifest.status
    if manifest.version == pointer.version:
        return CURRENT if word == "stable" else f"{CURRENT}, {word}"
    was_left = any(event.action == "rollback" for event in events_after(pointer, manifest.version))
    return "rolled back" if was_left and not marks else word


def events_after(pointer: Pointer, version: str) -> list[Event]:
    """List what happened directly after a version had become current, up to the next publication."""
    found: list[Event] = []
    for place, event in enumerate(pointer.history):
        if event.version == version and event.digest:
            found = [one for one in pointer.history[place + 1 : place + 2] if not one.digest]
    return found


def change_log(chapters: Iterable[Chapter]) -> list[str]:
    """Write the change log as the page has it, newest first, in Markdown."""
    entries = [(manifest.created, chapter, manifest) for chapter in chapters for manifest in chapter.manifests]
    events = [
        (event.at, chapter, event)
        for chapter in chapters
        for event in chapter.pointer.history
        if event.action in ("rollback", "mark")
    ]
    told: list[tuple[str, str]] = [(at, _entry(chapter, manifest)) for at, chapter, manifest in entries]
    told += [(at, _event(chapter, event)) for at, chapter, event in events]
    newest_first = sorted(
        enumerate(told), key=lambda one: (one[1][0], one[0]), reverse=True
    )  # of one second: the later
    return [text for _, (_, text) in newest_first]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a version was made from, and what was made from it: (data set, version) pairs, nearest first."""

    made_from: tuple[Node, ...]
    used_by: tuple[Node, ...]


def lineage(chapters: Iterable[Chapter], dataset: str, version: str) -> Lineage:
    """Follow the parents of a version both ways, to the end."""
    parents = {
        (one.dataset.name, manifest.version): tuple(manifest.parents.items())
        for one in chapters
        for manifest in one.manifests
    }
    children: dict[Node, list[Node]] = {}
    for child, its in parents.items():
        for parent in its:
            children.setdefault(parent, []).append(child)
    start = (dataset, version)
    return Lineage(_reached(start, parents), _reached(start, children))


def day(time: str) -> str:
    """Write the date of an ISO time as the page does: Jan 11, 2026."""
    moment = datetime.fromisoformat(time)
    return f"{moment:%b} {moment.day}, {moment.year}"


def _reached(start: Node, steps: Mapping[Node, Sequence[Node]]) -> tuple[Node, ...]:
    found: dict[Node, None] = {}
    waiting = [start]
    while waiting:
        for step in steps.get(waiting.pop(0), ()):
            if step not in found and step != start:
                found[step] = None
                waiting.append(step)
    return tuple(found)


def _entry(chapter: Chapter, manifest: Manifest) -> str:
    heading = f"**{chapter.dataset.title} {manifest.version} ({day(manifest.created)})**"
    title = f" - {manifest.title}" if manifest.title else ""
    return "\n".join([heading + title, *(f"- {note}" for note in manifest.notes)])


def _event(chapter: Chapter, event: Event) -> str:
    heading = f"**{chapter.dataset.title} {event.version} ({day(event.at)})**"
    what = "current again, rolled back" if event.action == "rollback" else f"marked {event.note}"
    note = f": {event.note}" if event.action == "rollback" and event.note else ""
    return f"{heading} - {what}{note} by {event.by}"
