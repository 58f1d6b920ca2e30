"""Writing so that neither an interruption nor a power cut leaves half a file."""

from __future__ import annotations

import os
from pathlib import Path

from cardlens.reference.files import sha256
from cardlens.store.durable import flush
from cardlens.store.registry_version import VersionFile


def write_aside(file: Path, content: bytes) -> None:
    """Write `content` beside `file`, then put it in its place."""
    partial = file.with_name(file.name + ".partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
    flush(file.parent)


def is_right(file: Path, wanted: VersionFile) -> bool:
    """Tell whether a file is there, whole and unchanged."""
    try:
        return file.stat().st_size == wanted.bytes and sha256(file) == wanted.sha256
    except OSError:
        return False
