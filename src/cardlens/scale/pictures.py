"""Where pictures are read from: files that every machine reaches, or a store."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture_file import printable, read_file
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.scale.inputs import file_state, object_state
from cardlens.store.address import open_store
from cardlens.store.errors import StoreError
from cardlens.store.objects import Store

# pictures that are read while another is looked at: hides a bucket's delay, and holds a few in memory only
AHEAD = 4
_NOT_PHOTOS = ".cardlens.jpg"  # annotated copies


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures are: `store` is an address, None for files; `folder` is what paths of files start from."""

    store: str | None
    folder: Path
    max_bytes: int

    def open(self) -> PictureReader:
        """Open it on this machine."""
        return PictureReader(self, open_store(self.store) if self.store else None)


class PictureReader:
    """Reads pictures of one place."""

    def __init__(self, place: Place, store: Store | None) -> None:
        """Nothing is read yet."""
        self._place, self._store = place, store

    def shown(self, name: str) -> str:
        """Name a picture as the user knows it."""
        return self._store.at(name) if self._store else name

    def read(self, name: str) -> bytes:
        """Read a picture; raises `UnreadablePicture` where it is at fault, `StoreError` where the store is."""
        if self._store is None:
            return read_file(self._place.folder / name, printable(name), self._place.max_bytes)
        try:
            found = self._store.read(name, self._place.max_bytes)
        except StoreError:
            listed = self._store.look(name)
            if listed is None or listed.bytes <= self._place.max_bytes:
                raise
            limit = f"{self._place.max_bytes:,} bytes"
            raise UnreadablePicture(
                f"{printable(self.shown(name))}: larger than the limit of {limit}; raise CARDLENS_MAX_BYTES"
            ) from None
        if found is None:
            raise UnreadablePicture(f"{printable(self.shown(name))}: no such file; it was deleted since it was listed")
        return found.content


def is_address(text: str) -> bool:
    """Tell a store's address from a file or pattern."""
    return text.startswith(("s3://", "file://"))


def list_pictures(store: Store) -> dict[str, str]:
    """List the pictures of a store, all levels, sorted, with their states; no hidden ones, no annotated copies."""
    return dict(sorted((listed.path, object_state(listed)) for listed in store.list() if _is_picture(listed.path)))


def _is_picture(path: str) -> bool:
    inside = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in inside.parts)
    return inside.suffix.lower() in SUFFIXES and not hidden and not path.endswith(_NOT_PHOTOS)


def photo_files(files: Sequence[Path], max_bytes: int) -> tuple[Place, dict[str, str]]:
    """Say where files are, and what changes when each does; only relative paths depend on the folder we are in."""
    folder = Path("/") if all(file.is_absolute() for file in files) else Path.cwd()
    return Place(None, folder, max_bytes), {str(file): file_state(file) for file in files}


def read_ahead(
    names: Sequence[str], read: Callable[[str], bytes], ahead: int = AHEAD
) -> Iterator[tuple[str, Future[bytes]]]:
    """Give each name with its content to come; at most `ahead` are read before they are asked for."""
    with ThreadPoolExecutor(ahead) as pool:
        waiting: deque[tuple[str, Future[bytes]]] = deque()
        for name in names:
            waiting.append((name, pool.submit(read, name)))
            if len(waiting) > ahead:
                yield waiting.popleft()
        yield from waiting
