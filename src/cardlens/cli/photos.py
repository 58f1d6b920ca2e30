"""From what was typed to the photos that are meant."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path

ANNOTATED = ".cardlens.jpg"


def find_photos(arguments: Iterable[str]) -> list[Path]:
    """Expand files, folders and globs, in the order given, each photo once.

    A folder stands for its pictures, sorted, without hidden ones and annotated copies. What does not exist is
    given as it was named, for the decoder to report.
    """
    return list(dict.fromkeys(photo for argument in arguments for photo in _expand(argument)))


def _expand(argument: str) -> Iterator[Path]:
    path = Path(argument)
    if _is_folder(path):
        yield from _pictures_of(path)
    elif glob.has_magic(argument) and not _exists(path):  # a file may be called holiday[1].jpg
        found = [Path(name) for name in sorted(glob.glob(argument, recursive=True))]  # noqa: PTH207 (absolute patterns)
        yield from [file for file in found if not _is_folder(file) and not file.name.endswith(ANNOTATED)] or [path]
    else:
        yield path


def _pictures_of(folder: Path) -> Iterator[Path]:
    from cardlens.recognition.picture_format import SUFFIXES

    try:
        files = sorted(folder.iterdir())
    except OSError:  # a folder that may not be listed: the decoder says why
        yield folder
        return
    for file in files:
        wanted = file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and not file.name.endswith(ANNOTATED)
        if wanted and not _is_folder(file):
            yield file


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
