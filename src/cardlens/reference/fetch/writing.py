"""Files that are complete or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cardlens.errors import CardlensError

PARTIAL = ".partial"  # hidden, and of no picture's suffix: no command takes it for a scan


def write_aside(file: Path, content: bytes, before_rename: Callable[[], None] = lambda: None) -> None:
    """Write beside, make sure that it is on disk, then rename; raises `CardlensError` where it cannot be written.

    `before_rename` is called when all is on disk and nothing is in its place yet.
    """
    aside = file.with_name(f".{file.name}{PARTIAL}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        before_rename()
        aside.replace(file)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise CardlensError(
            f"{file}: cannot be written ({error.strerror or error}); make room or give another folder, "
            "then give the same command again"
        ) from error
