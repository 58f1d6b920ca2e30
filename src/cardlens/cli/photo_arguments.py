"""From PHOTO|FOLDER|GLOB arguments to the photos they stand for."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from cardlens.errors import CardlensError

SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".gif"))
ANNOTATED = ".cardlens.jpg"


class NoPhoto(CardlensError):
    """An argument that stands for no photo at all."""


def photos_of(argument: str) -> list[Path]:
    """List the photos that one argument stands for, sorted; raises `NoPhoto` for an empty folder or pattern.

    A path that is no folder stands for itself, there or not: opening it gives the better error.
    """
    place = Path(argument)
    if place.is_dir():
        return _or_raise(_pictures_in(place), f"{argument}: no picture in this folder; looked for {_suffixes()}")
    if place.exists() or not glob.has_magic(argument):
        return [place]
    matches = (Path(match) for match in glob.glob(argument, recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    return _or_raise(
        sorted(match for match in matches if match.is_file() and not _is_ours(match)),
        f"{argument}: no file matches this pattern; check the folder and quote the pattern",
    )


def annotated_name(photo: Path, taken: Sequence[str]) -> str:
    """Name the annotated copy of `photo`, different from those `taken`."""
    name, count = f"{photo.stem}{ANNOTATED}", 1
    while name in taken:
        count += 1
        name = f"{photo.stem}-{count}{ANNOTATED}"
    return name


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*")
        if file.suffix.lower() in SUFFIXES and file.is_file() and not _is_hidden(file, folder) and not _is_ours(file)
    )


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _is_ours(file: Path) -> bool:
    return file.name.endswith(ANNOTATED)


def _suffixes() -> str:
    return " ".join(sorted(SUFFIXES))


def _or_raise(photos: list[Path], message: str) -> list[Path]:
    if not photos:
        raise NoPhoto(message)
    return photos
