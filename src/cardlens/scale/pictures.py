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


def list_pictures(store: Store) -> list[str]:
    """List the pictures of a store, all levels, sorted; hidden ones and annotated copies are none."""
    return sorted(listed.path for listed in store.list() if _is_picture(listed.path))


def _is_picture(path: str) -> bool:
    inside = PurePosixPath(path)
    hidden = any(part.startswith(".") for part in inside.parts)
    return inside.suffix.lower() in SUFFIXES and not hidden and not path.endswith(_NOT_PHOTOS)


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
