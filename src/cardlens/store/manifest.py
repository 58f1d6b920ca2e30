"""A version of a data set: which files it has, byte for byte, what it was made from, and what is to be said of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from cardlens.store.errors import Damaged
from cardlens.store.layout import Dataset, is_safe

SCHEMA = 1
LARGEST_FILE = 5 * 10**12  # what S3 takes as one object
MOST_FILES = 2_000_000
_VERSION = re.compile(r"v\d{1,6}\.\d{1,6}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a version.

    Attributes:
        bytes: its size.
        sha256: its digest, hex.
        since: the version that brought it as it is.
        version_id: of the object that holds it, where the bucket keeps versions.
        e_tag: of that object, by which a listing shows that it is still there.
    """

    bytes: int
    sha256: str
    since: str
    version_id: str | None = None
    e_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """An immutable version.

    Attributes:
        dataset: name of the data set.
        version: such as `v2.1`.
        created: UTC time, ISO.
        by: who published it.
        title: one line.
        notes: further lines, of the change log.
        status: what it was called when it was published.
        parents: data set or model → version that it was made from.
        previous: the version before, with the SHA-256 of its manifest; None for the first.
        files: path within the data set → entry.
    """

    dataset: str
    version: str
    created: str
    by: str
    title: str = ""
    notes: tuple[str, ...] = ()
    status: str = "stable"
    parents: Mapping[str, str] = field(default_factory=dict)
    previous: tuple[str, str] | None = None
    files: Mapping[str, Entry] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(entry.bytes for entry in self.files.values())

    def encode(self) -> bytes:
        """Give the bytes that are stored: the same for the same version."""
        record = asdict(self)
        record["files"] = {path: _without_none(entry) for path, entry in sorted(record["files"].items())}
        return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()

    @classmethod
    def decode(cls, content: bytes, place: str) -> Self:
        """Read what `encode` gave; raises `Damaged`, naming `place`, where it is not that."""
        try:
            return cls._from_record(json.loads(content))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Damaged(f"{place}: not a manifest ({error}); restore it from a backup") from error

    @classmethod
    def _from_record(cls, record: dict[str, Any]) -> Self:
        if record["schema"] != SCHEMA:
            raise ValueError(f"schema {record['schema']}, this cardlens reads {SCHEMA}")
        if len(record["files"]) > MOST_FILES:
            raise ValueError(f"{len(record['files']):,} files")
        check_version(record["version"])
        previous = record["previous"]
        return cls(
            **{
                **record,
                "notes": tuple(map(str, record["notes"])),
                "previous": None if previous is None else (str(previous[0]), str(previous[1])),
                "files": {path: _entry(path, entry) for path, entry in record["files"].items()},
            }
        )


def manifest_path(dataset: Dataset, version: str) -> str:
    """Give the place of a version's manifest in the store."""
    return f"{dataset.records}/versions/{version}.json"


def check_version(version: str) -> tuple[int, int]:
    """Give the two numbers of `v2.1`; raises `ValueError` where it is no such name."""
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is not a version such as v2.1")
    major, minor = version[1:].split(".")
    return int(major), int(minor)


def now() -> str:
    """The time that goes into records: UTC, ISO, with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def sha256(content: bytes) -> str:
    """SHA-256 of bytes, hex."""
    return hashlib.sha256(content).hexdigest()


def _entry(path: str, record: dict[str, Any]) -> Entry:
    entry = Entry(**record)
    if not is_safe(path):
        raise ValueError(f"the path {path!r} leads outside")
    if not isinstance(entry.bytes, int) or not 0 <= entry.bytes <= LARGEST_FILE:
        raise ValueError(f"{path}: {entry.bytes!r} bytes")
    if not _SHA256.fullmatch(entry.sha256):
        raise ValueError(f"{path}: {entry.sha256!r} is no SHA-256")
    return entry


def _without_none(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}
