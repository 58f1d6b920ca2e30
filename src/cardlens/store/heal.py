"""Putting right what a verification found: from other copies in the store, or from a backup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cardlens.store.again import PutAgain
from cardlens.store.errors import Damaged, NotThere
from cardlens.store.layout import Dataset, dataset, kept
from cardlens.store.manifest import Entry, manifest_path
from cardlens.store.objects import Store, Tag
from cardlens.store.pointer import Pointer, pointer_path
from cardlens.store.snapshot import Snapshot, entry_of, object_path
from cardlens.store.source import Source, checked
from cardlens.store.survey import load_manifest, places_path, survey
from cardlens.store.verify import Finding


@dataclass(frozen=True, slots=True)
class Healing:
    """What became of a finding: where the right bytes came from, or why there are none."""

    finding: Finding
    source: str = ""
    problem: str = ""


class Healer:
    """Puts right bytes in the place of wrong ones.

    Args:
        store: the store that was verified.
        backup: where else to look.
        snapshot: of the backup, for records.
    """

    def __init__(self, store: Store, backup: Store | None = None, snapshot: Snapshot | None = None) -> None:
        """Nothing is read or written yet."""
        self._store, self._backup, self._snapshot = store, backup, snapshot

    def heal(self, findings: Sequence[Finding]) -> list[Healing]:
        """Heal records first, as the contents are found by them."""
        ordered = sorted(findings, key=lambda one: one.record is None)
        return [self._heal(one) for one in ordered]

    def _heal(self, finding: Finding) -> Healing:
        try:
            if finding.record is not None:
                return Healing(finding, self._heal_record(finding.record, finding.dataset))
            if finding.dataset is not None and finding.path is not None and finding.entry is not None:
                return Healing(finding, self._heal_content(dataset(finding.dataset), finding.path, finding.entry))
            return Healing(finding, self._heal_copy(finding.place))
        except (Damaged, NotThere) as error:
            return Healing(finding, problem=str(error))

    def _heal_content(self, its_set: Dataset, path: str, entry: Entry) -> str:
        seen = survey(self._store, its_set)
        versioned = self._store.tag(pointer_path(its_set)).version is not None
        again = PutAgain(self._store, its_set, versioned=versioned)
        told: list[str] = []

        def copy_to(target: Store, target_path: str, _: str, its_entry: Entry) -> Tag:
            tag, source = self._copy_sound(Source(self._store, seen), target, target_path, path, its_entry)
            told.append(source)
            return tag

        current = seen.manifest.files.get(path) if seen.manifest else None
        if current is not None and current.sha256 == entry.sha256:
            again.in_place(path, entry, copy_to)
        else:
            again.copy(path, entry, copy_to)
            again.note(path, entry, Tag())
        again.record()
        return told[-1]

    def _copy_sound(self, source: Source, target: Store, target_path: str, path: str, entry: Entry) -> tuple[Tag, str]:
        try:
            return source.copy_to(target, target_path, path, entry), "another copy in the store"
        except Damaged:
            return self._from_backup(target, target_path, entry)

    def _from_backup(self, target: Store, target_path: str, entry: Entry) -> tuple[Tag, str]:
        if self._backup is None:
            raise NotThere(f"{target.at(target_path)}: no other copy in the store; name a backup: --from URL")
        place = object_path(entry.sha256)
        chunks = checked(self._backup.chunks(place), entry, self._backup.at(place))
        return target.stream(target_path, chunks, entry.bytes), self._backup.address

    def _heal_copy(self, place: str) -> str:
        """Heal a kept copy that no version names any more: its name says what it must be."""
        path = place.removeprefix(self._store.at(""))
        digest = path.rpartition("/")[2]
        if self._backup is None:
            raise NotThere(f"{place}: no version names it; name a backup: --from URL")
        listed = self._backup.look(object_path(digest))
        if listed is None:
            raise NotThere(f"{place}: not in {self._backup.address} either")
        return self._from_backup(self._store, kept(digest), entry_of(digest, listed.bytes))[1]

    def _heal_record(self, record: str, name: str | None) -> str:
        if self._snapshot is None or self._backup is None:
            raise NotThere(f"{self._store.at(record)}: only a backup has it; name one: --from URL")
        its_set = dataset(name or "")
        if record == places_path(its_set):
            raise NotThere(f"{self._store.at(record)}: not in backups; restore the backup to another place")
        saved = self._snapshot.objects.get(record)
        if saved is None:
            raise NotThere(f"{self._store.at(record)}: not in the backup of {self._snapshot.at}")
        entry = entry_of(saved.sha256, saved.bytes)
        content = b"".join(checked(self._backup.chunks(object_path(entry.sha256)), entry, self._backup.address))
        if record == pointer_path(its_set):
            self._refuse_older_pointer(its_set, Pointer.decode(content, self._backup.address))
        self._store.put(record, content)
        return self._backup.address

    def _refuse_older_pointer(self, its_set: Dataset, pointer: Pointer) -> None:
        """Refuse a pointer that does not know the latest versions: they would be forgotten."""
        start = manifest_path(its_set, "")[: -len(".json")]
        there = {listed.path[len(start) : -len(".json")] for listed in self._store.list(start.rstrip("/"))}
        unknown = sorted(there - set(pointer.digests))
        if unknown:
            raise NotThere(
                f"{self._store.at(pointer_path(its_set))}: the backup is older than {unknown[-1]}; name a later one"
            )
        for version in pointer.digests:
            load_manifest(self._store, its_set, version, pointer)
