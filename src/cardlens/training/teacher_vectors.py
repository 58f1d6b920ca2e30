"""What a teacher says of every scan, computed once: `vectors.npy` and `vectors.json` in a folder.

A student learns from them: `student(photo of a card)` is to be `teacher(scan of that card)`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Floats
from cardlens.training.simulator.scans import ScanRecord, Scans

SCHEMA = 1
_VECTORS, _LISTING = "vectors.npy", "vectors.json"
# a listing takes about 100 bytes a picture
_LARGEST_LISTING = 64 * 10**6
_REMEDY = "run `cardlens train teacher` again"


class BadTeacherVectors(CardlensError):
    """Teacher vectors that are missing, damaged, or of other scans."""


@dataclass(frozen=True, slots=True)
class TeacherIdentity:
    """Which teacher it was, and what it looked at.

    Attributes:
        name: its backbone, as timm names it.
        weights: SHA-256 of `teacher.pt`, hex.
        data: SHA-256 of all scans and their names, hex: `scans_digest`.
        image_size: side of its square input in pixels.
    """

    name: str
    weights: str
    data: str
    image_size: int


@dataclass(frozen=True, slots=True, eq=False)
class TeacherVectors:
    """`vectors[i]`: (n, 768) float16, each row of length 1, of the picture `records[i]`, views included."""

    identity: TeacherIdentity
    records: tuple[ScanRecord, ...]
    vectors: npt.NDArray[np.float16]

    def of(self, records: Sequence[ScanRecord]) -> Floats:
        """(len(records), 768) float32: the vectors of these pictures, in this order, of length 1.

        Raises:
            BadTeacherVectors: the teacher has not seen one of them.
        """
        rows = {record.file: row for row, record in enumerate(self.records)}
        unseen = [record.file for record in records if record.file not in rows]
        if unseen:
            raise BadTeacherVectors(
                f"{unseen[0]}: not among the {len(rows)} pictures that the teacher saw; {_REMEDY} on these cards"
            )
        found = self.vectors[[rows[record.file] for record in records]].astype(np.float32)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def check(self, scans: Scans) -> None:
        """Raise `BadTeacherVectors` where `scans`, all of a data folder, are not what the teacher saw."""
        digest = scans_digest(scans)
        if digest != self.identity.data:
            raise BadTeacherVectors(
                f"teacher vectors of other scans: theirs {self.identity.data[:12]}, these {digest[:12]}; {_REMEDY}"
            )


def scans_digest(scans: Scans) -> str:
    """SHA-256, hex, of which pictures there are and of every pixel."""
    digest = hashlib.sha256(json.dumps([asdict(record) for record in scans.records]).encode())
    for picture in scans.pixels:
        digest.update(np.ascontiguousarray(picture).data)
    return digest.hexdigest()


def write_teacher_vectors(folder: Path, teacher: TeacherVectors) -> None:
    """Write the folder, each file aside first; the listing comes last and names the digest of the vectors."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{_VECTORS}"
    with aside.open("wb") as out:
        np.save(out, teacher.vectors.astype(np.float16), allow_pickle=False)
    listing = {
        "schema": SCHEMA,
        "teacher": asdict(teacher.identity),
        "vectors": file_digest(aside),
        "records": [asdict(record) for record in teacher.records],
    }
    aside.replace(folder / _VECTORS)
    aside = folder / f".{_LISTING}"
    aside.write_text(json.dumps(listing, ensure_ascii=False) + "\n", encoding="utf-8")
    aside.replace(folder / _LISTING)


def open_teacher_vectors(folder: Path) -> TeacherVectors:
    """Open what `write_teacher_vectors` wrote; the vectors are memory-mapped.

    Raises:
        BadTeacherVectors: something is missing, damaged, or does not fit together.
    """
    listing = _read_listing(folder / _LISTING)
    file = folder / _VECTORS
    try:
        vectors = np.load(file, mmap_mode="r", allow_pickle=False)
        whole = file_digest(file) == listing["vectors"]
        records = tuple(ScanRecord(**record) for record in listing["records"])
        identity = TeacherIdentity(**listing["teacher"])
    except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
        raise BadTeacherVectors(f"{folder}: damaged teacher vectors ({error}); {_REMEDY}") from None
    if not whole or vectors.dtype != np.float16 or vectors.ndim != 2 or len(vectors) != len(records):
        raise BadTeacherVectors(f"{file}: not the vectors that {_LISTING} tells of; {_REMEDY}")
    return TeacherVectors(identity, records, vectors)


def _read_listing(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _LARGEST_LISTING:
            raise BadTeacherVectors(f"{file}: larger than any listing of teacher vectors; {_REMEDY}")
        listing = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadTeacherVectors(f"{file}: no teacher vectors here; make them with `cardlens train teacher`") from None
    except (OSError, ValueError) as error:
        raise BadTeacherVectors(f"{file}: cannot be read ({error}); {_REMEDY}") from None
    if not isinstance(listing, dict) or listing.get("schema") != SCHEMA:
        raise BadTeacherVectors(f"{file}: not a listing of teacher vectors of schema {SCHEMA}; {_REMEDY}")
    return listing


def file_digest(file: Path) -> str:
    """SHA-256 of a file, hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
