"""Reading every byte that is recorded, in a store or here, and telling what is not as it should be."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cardlens.store.errors import Damaged, NotThere, StoreError
from cardlens.store.history import read_history, surveyed
from cardlens.store.layout import DATASETS, KEPT, Dataset
from cardlens.store.local import LocalTree
from cardlens.store.manifest import Entry, Manifest
from cardlens.store.objects import Progress, Store, no_progress
from cardlens.store.parallel import by_size
from cardlens.store.places import places_path
from cardlens.store.registry_records import BrokenRecord, read_registries
from cardlens.store.source import Place, Source
from cardlens.store.survey import Survey, load_manifest, survey
from cardlens.store.switch import Switch
from cardlens.store.transfer import SMALL
from cardlens.store.versions_here import manifest_here, rotten_files


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        place: the object or file.
        problem: what is wrong, in words.
        dataset: name of the data set, None for a kept copy and for what is registered.
        path: within the data set, of a registered file in the store; None for a record or a kept copy.
        entry: what it should be, where a version says.
        record: path of the damaged record, where it is one.
    """

    place: str
    problem: str
    dataset: str | None = None
    path: str | None = None
    entry: Entry | None = None
    record: str | None = None

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class Check:
    """A content to be read: where, and what it must be."""

    place: Place
    sha256: str
    bytes: int
    dataset: Dataset | None = None
    path: str | None = None
    entry: Entry | None = None


def verify_store(store: Store, datasets: Sequence[Dataset], progress: Progress = no_progress) -> list[Finding]:
    """Read every record and every content of every version, every kept copy, and what is registered.

    Args:
        store: which.
        datasets: which of its data sets; the registry, which is in none, is read where these are all.
        progress: told the bytes of each part that was read.

    Returns:
        What is wrong, nothing where all is well.
    """
    findings: list[Finding] = []
    checks: dict[Place, Check] = {}
    for dataset in datasets:
        _verify_records(store, dataset, findings, checks)
    for listed in store.list(KEPT):
        place = Place(listed.path)
        checks.setdefault(place, Check(place, listed.path.rpartition("/")[2], listed.bytes))
    if set(datasets) >= set(DATASETS):
        _verify_registries(store, findings, checks)
    adding = threading.Lock()

    def read(check: Check) -> None:
        problem = _problem(store, check, progress)
        if problem:
            with adding:
                findings.append(_finding(store, check, problem))

    by_size(checks.values(), lambda check: check.bytes, read, SMALL)
    return sorted(findings, key=lambda one: one.place)


def verify_local(tree: LocalTree, store: Store, dataset: Dataset) -> list[Finding]:
    """Read every byte of a data set here, and compare with the version in use, and of others that lie beside it.

    No findings where it is not here.
    """
    try:
        in_use = _verify_in_use(tree, store, dataset) if tree.folder(dataset).is_dir() else []
        return [*in_use, *_verify_beside(tree, store, dataset)]
    except Damaged as error:
        place, _, problem = str(error).partition(": ")
        return [Finding(place, problem.partition(";")[0], dataset.name)]


def _verify_in_use(tree: LocalTree, store: Store, dataset: Dataset) -> list[Finding]:
    before = tree.known(dataset)
    here = tree.files(dataset, trust=False)
    rotten = [here[path] for path, digest in before.items() if path in here and here[path].sha256 != digest]
    findings = {
        one.path: Finding(
            str(one.file), "damaged: its bytes changed, its time of change did not", dataset.name, one.path
        )
        for one in rotten
    }
    manifest = _version_here(tree, store, dataset)
    for path, entry in (manifest.files if manifest else {}).items():
        place = str(tree.folder(dataset) / path)
        if path not in here:
            continue  # a part may have been pulled
        if here[path].sha256 != entry.sha256:
            words = f"not as in {manifest.version if manifest else ''}"
            findings.setdefault(path, Finding(place, words, dataset.name, path, entry))
    return list(findings.values())


def _verify_beside(tree: LocalTree, store: Store, dataset: Dataset) -> Iterator[Finding]:
    """Read the versions that are here and not in use: they may be gone back to."""
    if not dataset.switched:
        return
    switch = Switch(tree, dataset)
    for version in switch.here:
        manifest = None if version == switch.in_use else manifest_here(tree, store, dataset, version)
        for path, entry, problem in rotten_files(switch.folder(version), manifest) if manifest else ():
            yield Finding(str(switch.folder(version) / path), problem, dataset.name, path, entry)


def _version_here(tree: LocalTree, store: Store, dataset: Dataset) -> Manifest | None:
    version = Switch(tree, dataset).in_use if dataset.switched else None
    try:
        return load_manifest(store, dataset, version) if version else survey(store, dataset, tree.cache).manifest
    except NotThere:
        return None


def _verify_records(store: Store, dataset: Dataset, findings: list[Finding], checks: dict[Place, Check]) -> None:
    """Check pointer, manifests and the record of places, and collect the contents that they name."""
    history = read_history(store, dataset)
    seen, unreadable = surveyed(store, history)
    faults = {**history.faults, **({places_path(dataset): unreadable} if unreadable else {})}
    findings.extend(_broken_record(store, dataset, path, error) for path, error in faults.items())
    source = Source(store, seen)
    for manifest in history.manifests.values():
        for check in _checks(source, seen, manifest):
            checks.setdefault(check.place, check)
    current = seen.manifest.files if seen.manifest else {}
    claimed = seen.held.pointer.claim is not None
    findings.extend(
        Finding(
            store.at(f"{dataset.path}/{path}"),
            "changed or deleted past the records" + (" (a publication is under way)" if claimed else ""),
            dataset.name,
            path,
            current[path],
        )
        for path in seen.altered
    )


def _verify_registries(store: Store, findings: list[Finding], checks: dict[Place, Check]) -> None:
    """Check the records of all registries, and collect the files that they name."""
    for one in read_registries(store):
        if isinstance(one, BrokenRecord):
            findings.append(Finding(store.at(one.path), one.problem, record=one.path))
        else:
            entry = Entry(one.bytes, one.sha256, "")
            checks[Place(one.path)] = Check(Place(one.path), one.sha256, one.bytes, None, one.path, entry)


def _checks(source: Source, seen: Survey, manifest: Manifest) -> Iterator[Check]:
    """List the places to read: what is in place, and of older contents the object versions or kept copies."""
    is_current = seen.manifest is not None and manifest.version == seen.manifest.version
    for path, entry in manifest.files.items():
        places = list(source.places(path, entry))
        chosen = [one for one in places if one.version] or places[-1:]
        if is_current and seen.is_in_place(path, entry):
            chosen = places[:1]
        for place in chosen[:1]:
            yield Check(place, entry.sha256, entry.bytes, seen.dataset, path, entry)


def _problem(store: Store, check: Check, progress: Progress) -> str | None:
    try:
        digest, size = store.digest(check.place.path, check.place.version, progress)
    except NotThere:
        return "missing"
    except StoreError as error:
        return f"cannot be read ({error})"
    if digest != check.sha256 or check.bytes != size:
        return f"damaged: SHA-256 {digest[:12]}, should be {check.sha256[:12]}"
    return None


def _finding(store: Store, check: Check, problem: str) -> Finding:
    name = check.dataset.name if check.dataset else None
    return Finding(store.at(str(check.place)), problem, name, check.path, check.entry)


def _broken_record(store: Store, dataset: Dataset, path: str, error: Damaged) -> Finding:
    problem = str(error).removeprefix(f"{store.at(path)}: ").partition(";")[0]
    return Finding(store.at(path), problem, dataset.name, record=path)
