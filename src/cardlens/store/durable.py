"""Making what was written last through a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Write to disk what the operating system holds back of a file or folder; nothing where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:  # replaced or deleted since
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
