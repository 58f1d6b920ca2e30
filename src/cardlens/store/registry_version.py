"""One version in the registry: model, reference database, calibration and figures, as a list of files and digests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any

from cardlens.errors import CardlensError

SCHEMA = 1
LARGEST_MANIFEST = 1_000_000  # bytes; one of 20 files has 4 kB
MOST_FILES = 500
LARGEST_FILE = 20_000_000_000  # bytes; the seed's teacher has 5.6 GB
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BadVersion(CardlensError):
    """A version that is not in the registry, or whose record is not what it should be."""


@dataclass(frozen=True, slots=True)
class VersionFile:
    """Size in bytes and SHA-256 (hex) of one file of a version."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What was registered; never changed afterwards.

    Attributes:
        name: such as `v2.0`.
        created: UTC time, ISO.
        created_by: who registered it.
        embedder: SHA-256 of the embedder's weights, by which database, calibration and figures are tied to it.
        cards: number of cards in the reference database.
        files: by path inside the version: `models/…`, `reference/…`, `golden/…`, `figures.json`.
        figures: what was measured, as in `figures.json`.
        parents: what it was made from: names to digests or versions (`data`, `teacher`, `training_job`, …).
        note: for people.
    """

    name: str
    created: str
    created_by: str
    embedder: str
    cards: int
    files: Mapping[str, VersionFile]
    figures: Mapping[str, Any]
    parents: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    schema: int = SCHEMA

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files.values())

    def to_bytes(self) -> bytes:
        """The record as it is stored and signed: the same version gives the same bytes."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the record, hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def same_content(self, other: ModelVersion) -> bool:
        """Tell whether the other has the same files under the same name, whoever registered it when."""
        return (self.name, dict(self.files)) == (other.name, dict(other.files))

    @classmethod
    def from_bytes(cls, content: bytes, place: str) -> ModelVersion:
        """Read a record that may have been tampered with; raises `BadVersion` that names `place`."""
        try:
            return cls._from_record(_parsed(content))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadVersion(f"{place}: not the record of a version ({error}); register it again") from error

    @classmethod
    def _from_record(cls, record: dict[str, Any]) -> ModelVersion:
        if record["schema"] != SCHEMA:
            raise ValueError(f"schema {record['schema']}, this cardlens reads {SCHEMA}: update cardlens")
        if len(record["files"]) > MOST_FILES:
            raise ValueError(f"{len(record['files'])} files, more than {MOST_FILES}")
        files = {checked_path(path): _checked_file(VersionFile(**fact)) for path, fact in record["files"].items()}
        version = cls(**{**record, "files": files})
        check_name(version.name)
        check_digest(version.embedder)
        return version


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST_MANIFEST:
        raise ValueError(f"{len(content):,} bytes, more than {LARGEST_MANIFEST:,}")
    record = json.loads(content)
    if not isinstance(record, dict):
        raise TypeError("no JSON object")
    return record


def check_name(name: str) -> str:
    """Give the name of a version or device back; raises `BadVersion` where it is none."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadVersion(f"{name!r}: not a name; use up to 64 letters, digits, dots and dashes, such as v2.0")
    return name


def check_digest(digest: str) -> str:
    """Give a SHA-256 back; raises `ValueError` where it is none."""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256")
    return digest


def checked_path(path: str) -> str:
    """Give a relative path back; raises `ValueError` where it would lead out of its folder."""
    parts = PurePosixPath(path).parts
    plain = parts and all(_NAME.fullmatch(part) for part in parts) and str(PurePosixPath(*parts)) == path
    if not plain:
        raise ValueError(f"{path!r} is no path inside a version")
    return path


def _checked_file(file: VersionFile) -> VersionFile:
    check_digest(file.sha256)
    if not isinstance(file.bytes, int) or isinstance(file.bytes, bool) or not 0 <= file.bytes <= LARGEST_FILE:
        raise ValueError(f"{file.bytes!r} is no size of a file")
    return file
