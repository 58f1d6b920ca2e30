"""What changes when an input does: cheap to ask for, so that a result is never taken for that of another input."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cardlens.store.objects import Listed


def file_state(file: Path) -> str:
    """Give size and time of modification of a file; empty where it cannot be asked, which its reader reports."""
    try:
        facts = file.stat()
    except (OSError, ValueError):
        return ""
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def object_state(listed: Listed) -> str:
    """Give size and e_tag of an object; the time of writing where a store has no e_tags."""
    return f"{listed.bytes}-{listed.e_tag or listed.modified.isoformat()}"


def folder_state(folder: Path) -> str:
    """SHA-256 of the names, sizes and times of all files of a folder and below."""
    digest = hashlib.sha256()
    for inside, below, files in os.walk(folder, followlinks=True):
        below.sort()
        for name in sorted(files):
            file = Path(inside) / name
            digest.update(os.fsencode(f"{file.relative_to(folder).as_posix()}\0{file_state(file)}\n"))
    return digest.hexdigest()
