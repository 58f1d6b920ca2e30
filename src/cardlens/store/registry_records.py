"""Reading what is registered in a store, of every package group: its records, and the files that these name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cardlens.errors import CardlensError
from cardlens.store.objects import Listed, Store
from cardlens.store.registry_objects import REGISTRIES, digest_by_name, part_of
from cardlens.store.registry_status import LARGEST_DECISION, Decision
from cardlens.store.registry_version import LARGEST_MANIFEST, ModelVersion


@dataclass(frozen=True, slots=True)
class RegisteredFile:
    """A file that the registry has: its place in the store, and what it must be."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record of the registry that is not what it should be."""

    path: str
    problem: str


def read_registries(store: Store) -> Iterator[RegisteredFile | BrokenRecord]:
    """Give every file that a registered version needs or that was sent for one, and the records that are broken."""
    listed = {one.path: one for one in store.list(REGISTRIES)}
    files = {path: _as_listed(one) for path, one in listed.items() if digest_by_name(path)}
    for path in sorted(listed):
        group, folder = part_of(path) or ("", "")
        try:
            if folder == "log":
                _decision(store, path)
            elif folder == "versions":
                files |= _files_of(_version(store, path), group)
        except CardlensError as error:
            yield BrokenRecord(path, f"damaged: {str(error).removeprefix(f'{store.at(path)}: ').partition(';')[0]}")
    yield from files.values()


def _as_listed(one: Listed) -> RegisteredFile:
    return RegisteredFile(one.path, digest_by_name(one.path) or "", one.bytes)


def _files_of(version: ModelVersion, group: str) -> dict[str, RegisteredFile]:
    paths = {f"{REGISTRIES}/{group}/files/{file.sha256}": file for file in version.files.values()}
    return {path: RegisteredFile(path, file.sha256, file.bytes) for path, file in paths.items()}


def _version(store: Store, path: str) -> ModelVersion:
    found = store.read(path, LARGEST_MANIFEST)
    version = ModelVersion.from_bytes(found.content if found else b"", store.at(path))
    if f"{version.name}.json" != path.rpartition("/")[2]:
        raise CardlensError(f"{store.at(path)}: says that it is {version.name}")
    return version


def _decision(store: Store, path: str) -> Decision:
    found = store.read(path, LARGEST_DECISION)
    return Decision.from_bytes(found.content if found else b"", store.at(path))
