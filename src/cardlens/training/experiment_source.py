"""What a run was made from: code and data."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cardlens
from cardlens.training.simulator.scans import open_scans
from cardlens.training.teacher_vectors import scans_digest

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Code:
    """Version of cardlens; where it runs from a git checkout, the commit, and whether files differ from it."""

    version: str
    commit: str | None
    changed: bool | None

    @classmethod
    def running(cls, folder: Path = _HERE) -> Code:
        """Ask git about the folder of the code; an installed package has no commit."""
        commit = _git(folder, "rev-parse", "HEAD")
        status = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
        return cls(cardlens.__version__, commit, None if commit is None else bool(status))


@dataclass(frozen=True, slots=True)
class Data:
    """Which scans were learnt from.

    Attributes:
        pictures: how many there are, held-out ones included.
        scans: SHA-256 of all of them, decoded, and of their names, hex.
        manifest: the digest in `manifest.json`, of the data folder or of `processed/` in it, as
            `cardlens dataset prepare` writes one; None where there is none.
    """

    pictures: int
    scans: str
    manifest: str | None

    @classmethod
    def of(cls, data: Path, cache: Path) -> Data:
        """Read every scan of a data folder, decoded once into `cache`."""
        scans = open_scans(data, cache)
        manifests = (_manifest_digest(folder / "manifest.json") for folder in (data, data / "processed"))
        return cls(len(scans), scans_digest(scans), next(filter(None, manifests), None))


def _git(folder: Path, *arguments: str) -> str | None:
    program = shutil.which("git")
    # a package inside somebody else's checkout is not of that checkout's commit
    if program is None or not _tracked(program, folder):
        return None
    return _said(program, folder, arguments)


def _tracked(program: str, folder: Path) -> bool:
    return _said(program, folder, ("ls-files", "--error-unmatch", "--", ".")) is not None


def _said(program: str, folder: Path, arguments: tuple[str, ...]) -> str | None:
    done = subprocess.run(  # noqa: S603 - git itself, with arguments of our own
        [program, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def _manifest_digest(file: Path) -> str | None:
    if not file.is_file():
        return None
    try:
        record: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return None
    digest = record.get("digest") if isinstance(record, dict) else None
    return digest if isinstance(digest, str) else None
