"""The birth certificate of a reference database: what is in it, which model embedded it, the digest of each file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cardlens
from cardlens.errors import BadReference, StaleReference
from cardlens.reference.files import MANIFEST, sha256
from cardlens.runtimes.base import ModelSpec

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class FileFact:
    """Size in bytes and SHA-256 (hex) of one file."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, file: Path) -> FileFact:
        """Measure `file`."""
        return cls(file.stat().st_size, sha256(file))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a reference database says of itself.

    Attributes:
        rows: number of embeddings; `cards`: of different card ids.
        model: spec of the model that made the embeddings.
        groups: artwork groups, the card ids whose pictures look alike.
        files: what each file was when the database was made.
        created: UTC time, ISO.
        made_by: version of cardlens.
        schema: version of this format.
    """

    rows: int
    cards: int
    model: ModelSpec
    groups: tuple[tuple[str, ...], ...]
    files: dict[str, FileFact]
    created: str
    made_by: str = cardlens.__version__
    schema: int = SCHEMA

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of a database; raises `BadReference` where there is none or it is none."""
        file = folder / MANIFEST
        try:
            return cls._from_record(json.loads(file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BadReference(_without_manifest(folder)) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadReference(f"{file}: not a manifest ({error!r}); build the database again") from error

    @classmethod
    def _from_record(cls, record: dict[str, Any]) -> Manifest:
        if record["schema"] != SCHEMA:
            raise ValueError(f"schema {record['schema']}, this version of cardlens reads {SCHEMA}")
        model = {**record["model"], "mean": tuple(record["model"]["mean"]), "std": tuple(record["model"]["std"])}
        files = {name: FileFact(**fact) for name, fact in record["files"].items()}
        groups = tuple(tuple(group) for group in record["groups"])
        return cls(**{**record, "model": ModelSpec(**model), "files": files, "groups": groups})

    def save(self, folder: Path) -> None:
        """Write the manifest."""
        text = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    def check_model(self, folder: Path, digest: str) -> None:
        """Raise `StaleReference` where the running model, of that digest, is not the one that made the embeddings.

        A model compiled for another runtime is another file, of another digest: its embeddings do not compare.
        """
        if digest != self.model.digest:
            raise StaleReference(
                f"{folder}: built by model {self.model.digest[:12]} ({self.model.name}, run by {self.model.runtime}), "
                f"running {digest[:12]}; "
                f"build it again from its scans: cardlens reference build SCANS --out {folder}"
            )


def now() -> str:
    """The time that goes into a manifest."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _without_manifest(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder}: no such folder; build a database with `cardlens reference build SCANS --out {folder}`"
    return (
        f"{folder}: no {MANIFEST} here; if it is a reference database without one, "
        f"check and adopt it: cardlens reference validate {folder} --adopt"
    )
