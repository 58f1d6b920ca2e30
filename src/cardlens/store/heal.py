"""Putting right what a verification found: from other copies in the store, or from a backup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cardlens.store.again import PutAgain
from cardlens.store.errors import AlreadyThere, Damaged, NotThere, Outdated
from cardlens.store.history import read_history, surveyed
from cardlens.store.layout import DATASETS, Dataset, dataset, kept
from cardlens.store.manifest import Entry, check_version
from cardlens.store.objects import Store, Tag
from cardlens.store.places import KEPT_ONLY, encode_places, places_path
from cardlens.store.pointer import Pointer, pointer_path
from cardlens.store.registry_objects import is_kept_for_good, is_written_once
from cardlens.store.snapshot import Snapshot, entry_of, object_path
from cardlens.store.source import Source, checked
from cardlens.store.survey import listed_versions, load_manifest, survey
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
        """Heal records first, as the contents are found by them; of these, manifests before what names them."""
        return [self._heal(one) for one in sorted(findings, key=_turn)]

    def _heal(self, finding: Finding) -> Healing:
        try:
            if finding.record is not None:
                return Healing(finding, self._heal_record(finding.record, finding.dataset))
            if finding.dataset is not None and finding.path is not None and finding.entry is not None:
                return Healing(finding, self._heal_content(dataset(finding.dataset), finding.path, finding.entry))
            if finding.path is not None and finding.entry is not None:
                return Healing(finding, self._from_backup(self._store, finding.path, finding.entry)[1])
            return Healing(finding, self._heal_copy(finding.place))
        except (AlreadyThere, Damaged, NotThere, Outdated) as error:
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
            again.note(path, entry, KEPT_ONLY)
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
        its_set = dataset(name) if name else None
        if its_set is not None and record == places_path(its_set):
            return self._make_places(its_set)
        if self._snapshot is None or self._backup is None:
            raise NotThere(f"{self._store.at(record)}: only a backup has it; name one: --from URL")
        saved = self._snapshot.objects.get(record)
        if saved is None:
            raise NotThere(f"{self._store.at(record)}: not in the backup of {self._snapshot.at}")
        entry = entry_of(saved.sha256, saved.bytes)
        content = b"".join(checked(self._backup.chunks(object_path(entry.sha256)), entry, self._backup.address))
        if its_set is not None and record == pointer_path(its_set):
            self._refuse_older_pointer(its_set, Pointer.decode(content, self._backup.address))
        self._write_unless_changed(record, content)
        return self._backup.address

    def _write_unless_changed(self, record: str, content: bytes) -> None:
        """Write a record in the place of what is broken; what somebody else puts there in the same moment stays."""
        if self._store.look(record) is None:
            self._store.create(record, content)
        else:
            self._store.replace(record, content, self._store.tag(record))

    def _make_places(self, its_set: Dataset) -> str:
        """Make the record of places again: what it says can be found in the store."""
        seen, _ = surveyed(self._store, read_history(self._store, its_set))
        path = places_path(its_set)
        self._store.replace(path, encode_places(seen.places), self._store.tag(path))
        return "what the store holds"

    def _refuse_older_pointer(self, its_set: Dataset, pointer: Pointer) -> None:
        """Refuse a pointer that does not know the latest versions: they would be forgotten."""
        unknown = sorted(set(listed_versions(self._store, its_set)) - set(pointer.digests), key=check_version)
        if unknown:
            raise NotThere(
                f"{self._store.at(pointer_path(its_set))}: the backup is older than {unknown[-1]}; name a later one"
            )
        for version in pointer.digests:
            load_manifest(self._store, its_set, version, pointer)


def heal_all(healer: Healer, findings: Sequence[Finding], find_again: Callable[[], list[Finding]]) -> list[Healing]:
    """Heal what was found; where records were broken, these first: what they name is then looked for anew."""
    records = [one for one in findings if one.record is not None]
    if not records:
        return healer.heal(findings)
    healings = healer.heal(records)
    return [*healings, *healer.heal([one for one in find_again() if one.record is None])]


def find_lost(store: Store, snapshot: Snapshot, datasets: Sequence[Dataset]) -> list[Finding]:
    """Find what a snapshot has and the store has lost without a trace: records, and what is registered.

    Args:
        store: of which the snapshot is.
        snapshot: of a backup.
        datasets: whose records are looked for; the registry, which is in none, where these are all.
    """
    there = {one.path: one for one in store.list()}
    owners = {
        path: its_set for path in snapshot.objects for its_set in datasets if path.startswith(f"{its_set.records}/")
    }
    registered = [path for path in snapshot.objects if set(datasets) >= set(DATASETS) and is_kept_for_good(path)]
    lost = [
        Finding(store.at(path), f"missing, the backup of {snapshot.at} has it", its_set.name, record=path)
        for path, its_set in owners.items()
        if path not in there
    ]
    for path in registered:
        if path not in there:
            lost.append(Finding(store.at(path), f"missing, the backup of {snapshot.at} has it", record=path))
        elif is_written_once(path) and store.digest(path)[0] != snapshot.objects[path].sha256:
            lost.append(Finding(store.at(path), f"not as in the backup of {snapshot.at}", record=path))
    return lost


def _turn(finding: Finding) -> int:
    """Tell when a finding's turn is: manifests and what is registered, pointers, records of places, contents."""
    if finding.record is None:
        return 3
    return {"current.json": 1, "places.json": 2}.get(finding.record.rpartition("/")[2], 0)
