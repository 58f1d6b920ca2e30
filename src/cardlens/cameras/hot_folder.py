"""A folder that photos fall into: each is given once it is whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cardlens.cameras.camera import CameraLost, NoCamera
from cardlens.recognition.picture_format import SUFFIXES

# seconds that a file must not have changed for; and that one which cannot be read is given to become whole
_SETTLED, _PATIENCE = 0.6, 6.0
# what cardlens itself writes beside photos
_OURS = ".cardlens.jpg"


@dataclass(slots=True)
class _File:
    """What a file was like when it last changed, and since when it has been so."""

    state: tuple[int, int]
    since: float
    done: bool = False


class HotFolder:
    """Looks at a folder now and then: that works on network drives too, where no one tells of new files."""

    def __init__(self, folder: Path, *, existing: bool = False) -> None:
        """`existing`: give also the photos that are there already; raises `NoCamera` where it cannot be read."""
        self.folder = folder
        self._files: dict[Path, _File] = {}
        try:
            there = dict(self._list())
        except OSError as error:
            raise NoCamera(f"{folder}: cannot be read ({error.strerror}); name another folder") from error
        if not existing:
            self._files = {file: _File(state, 0.0, done=True) for file, state in there.items()}

    def whole(self, seconds: float) -> list[Path]:
        """The photos that came, or were written anew, and no longer change, by name; each is given once.

        Raises:
            CameraLost: the folder is gone.
        """
        try:
            there = dict(self._list())
        except OSError as error:
            raise CameraLost(f"{self.folder}: can no longer be read ({error.strerror}); bring it back") from error
        self._files = {file: known for file, known in self._files.items() if file in there}
        for file, state in there.items():
            known = self._files.get(file)
            if known is None or known.state != state:
                self._files[file] = _File(state, seconds)
        ready = [file for file, known in self._files.items() if not known.done and seconds - known.since >= _SETTLED]
        for file in ready:
            self._files[file].done = True
        return sorted(ready)

    def wait_for(self, file: Path, seconds: float) -> bool:
        """It could not be read: tell whether it may only be half written, and is given again; a copy may stall."""
        known = self._files.get(file)
        if known is None or seconds - known.since > _PATIENCE:
            return False
        known.done = False
        return True

    def _list(self) -> Iterator[tuple[Path, tuple[int, int]]]:
        """Every photo with its size and time of change."""
        with os.scandir(self.folder) as entries:
            for entry in entries:
                state = _state(entry) if _may_be_photo(entry.name) else None
                if state is not None:
                    yield Path(entry.path), state


def _may_be_photo(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".") and not name.endswith(_OURS)


def _state(entry: os.DirEntry[str]) -> tuple[int, int] | None:
    """Size and time of change; None of what is no file, or is gone by now."""
    try:
        told = entry.stat() if entry.is_file() else None
    except OSError:
        return None
    return (told.st_size, told.st_mtime_ns) if told else None
