"""Finished model files and their specs: written aside, then moved to where they are looked for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from cardlens.runtimes.base import ModelSpec


def save_spec(file: Path, spec: ModelSpec) -> None:
    """Write the spec of a model file beside it, with its name and digest."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    replace(spec, name=file.stem, digest=digest).save(file.with_suffix(".json"))


def move(file: Path, out: Path) -> Path:
    """Move a model file and its spec into `out`, which is on the same disk; returns where the file is then."""
    file.with_suffix(".json").replace(out / f"{file.stem}.json")
    return file.replace(out / file.name)
