"""Unpacks what a job left, as something that is not trusted."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from cardlens.errors import CardlensError

LARGEST = 2_000_000_000  # bytes, packed and unpacked
_MOST = 2_000  # files
_CHUNK = 1 << 20


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a `.tar.gz` of plain files into `folder`; raises `CardlensError` before anything doubtful is written."""
    try:
        with tarfile.open(archive, "r:gz") as packed:
            members = [member for member in packed.getmembers() if not member.isdir()]
            _check(archive, members)
            for member in members:
                target = folder / PurePosixPath(member.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                content = packed.extractfile(member)
                if content is not None:
                    _copy(content, target)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise CardlensError(f"{archive}: cannot be unpacked ({error}); download it again") from error


def _check(archive: Path, members: list[tarfile.TarInfo]) -> None:
    if len(members) > _MOST or sum(member.size for member in members) > LARGEST:
        raise CardlensError(f"{archive}: more than {_MOST:,} files or {LARGEST:,} bytes; not what training leaves")
    for member in members:
        path = PurePosixPath(member.name)
        if not member.isfile() or path.is_absolute() or ".." in path.parts:
            raise CardlensError(f"{archive}: {member.name!r} is no plain file inside it; it was not unpacked")


def _copy(content: IO[bytes], target: Path) -> None:
    with target.open("wb") as out:
        while chunk := content.read(_CHUNK):
            out.write(chunk)
