"""A store on a disk: as a bucket, with a lock for the conditional writes that a file system does not have."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from obstore.store import LocalStore, MemoryStore

from cardlens.store.durable import flush
from cardlens.store.errors import AlreadyThere, Outdated, StoreError
from cardlens.store.faults import explained
from cardlens.store.layout import OWN
from cardlens.store.objects import LARGEST_RECORD, Found, Listed, Progress, Sent, Store, Tag, no_progress
from cardlens.store.parallel import for_each
from cardlens.store.transfer import PART

if TYPE_CHECKING:
    from obstore import PutMode

INCOMING = f"{OWN}/incoming"
LOCK = f"{OWN}/lock"
_READ_ONLY = 0o444  # a kept copy shares its bytes with the file in place: an editor must not change both
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)  # exFAT, some network drives


class FolderStore(Store):
    """A store in a folder, which is made when something is first written.

    What is being written lies in `.cardlens/incoming/` until it is whole; it appears by renaming.
    """

    shares_copies = True

    def __init__(self, folder: Path) -> None:
        """Nothing is made or read yet."""
        self.folder = folder.absolute()
        super().__init__(MemoryStore(), str(self.folder))  # empty, as what is not there yet
        self._opened = False
        self._written: set[Path] = set()
        self._open_if_there()

    def read(self, path: str, limit: int = LARGEST_RECORD) -> Found | None:
        """As `Store.read`."""
        return super().read(path, limit) if self._open_if_there() else None

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """As `Store.list`; what is being written is not in it."""
        if not self._open_if_there():
            return
        for listed in super().list(prefix):
            if not listed.path.startswith(f"{INCOMING}/") and listed.path != LOCK:
                yield listed

    def look(self, path: str) -> Listed | None:
        """As `Store.look`."""
        return super().look(path) if self._open_if_there() else None

    def delete(self, path: str) -> None:
        """As `Store.delete`."""
        with explained(self.at(path)):
            self._file(path).unlink(missing_ok=True)

    def copy(self, source: str, target: str, size: int = 0) -> None:  # noqa: ARG002 - S3 needs it
        """Let `target` share the bytes of `source`, both read-only; where the disk knows no links, copy them."""
        with explained(self.at(target)), self._aside() as aside:
            self._file(source).chmod(_READ_ONLY)
            try:
                os.link(self._file(source), aside)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                shutil.copyfile(self._file(source), aside)
            self._put_in_place(aside, target)

    def send(self, path: str, file: Path, sha256: str | None = None, progress: Progress = no_progress) -> Sent:
        """As `Store.send`."""
        with explained(self.at(path)), self._aside() as aside:
            digest = hashlib.sha256()
            with file.open("rb") as source, aside.open("wb") as target:
                while part := source.read(PART):
                    digest.update(part)
                    target.write(part)
                    progress(len(part))
            if sha256 not in (None, digest.hexdigest()):
                raise StoreError(
                    f"{file}: was changed while it was sent; leave it alone and give the same command again"
                )
            size = aside.stat().st_size
            self._put_in_place(aside, path)
            return Sent(self.tag(path), digest.hexdigest(), size)

    def stream(self, path: str, chunks: Iterator[bytes], size: int) -> Tag:  # noqa: ARG002 - S3 needs it
        """As `Store.stream`."""
        with explained(self.at(path)), self._aside() as aside:
            with aside.open("wb") as target:
                for chunk in chunks:
                    target.write(chunk)
            self._put_in_place(aside, path)
            return self.tag(path)

    def settle(self) -> None:
        """Write to disk what the operating system holds back of the files written since the last time."""
        written, self._written = self._written, set()
        with explained(self.address):
            for_each([*written, *{path.parent for path in written}], flush)

    def _write(self, path: str, content: bytes, mode: PutMode) -> Tag:
        with explained(self.at(path)), self._aside() as aside:
            with aside.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            if mode == "create":
                self._put_where_nothing_is(aside, path)
            elif mode == "overwrite":
                self._put_in_place(aside, path)
            else:
                with self._locked():
                    self._refuse_outdated(path, mode.get("e_tag"))
                    self._put_in_place(aside, path)
                    return self.tag(path)
            return self.tag(path)

    def _refuse_outdated(self, path: str, e_tag: str | None) -> None:
        now = super().look(path)
        if now is None or now.e_tag != e_tag:
            raise Outdated(f"{self.at(path)}: was changed by somebody else in the meantime; look again, then repeat")

    def _put_in_place(self, aside: Path, path: str) -> None:
        target = self._file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.replace(target)
        self._written.add(target)

    def _put_where_nothing_is(self, aside: Path, path: str) -> None:
        target = self._file(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(aside, target)
        except FileExistsError:
            raise AlreadyThere(f"{self.at(path)}: exists already") from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._put_alone(aside, target, path)

    def _put_alone(self, aside: Path, target: Path, path: str) -> None:
        """Put a file where there is none, without links: whoever else does so waits."""
        with self._locked():
            if target.exists():
                raise AlreadyThere(f"{self.at(path)}: exists already")
            aside.replace(target)

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        """Give a name to write under; what is left of it afterwards is removed."""
        self._open()
        aside = self.folder / INCOMING / uuid4().hex
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
        finally:
            aside.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep every other process out; the lock goes when the process does."""
        lock = self._file(LOCK)
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("wb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    def _file(self, path: str) -> Path:
        if any(part in ("", ".", "..") for part in path.split("/")):
            raise StoreError(f"{self.address}: {path!r} is no path in a store")
        return self.folder / path

    def _open_if_there(self) -> bool:
        if not self._opened and self.folder.is_dir():
            self._open()
        return self._opened

    def _open(self) -> None:
        if not self._opened:
            with explained(self.address):
                self._backend = LocalStore(self.folder, mkdir=True)
            self._opened = True
