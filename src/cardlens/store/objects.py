"""A store: objects by their path, over any backend of obstore."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import obstore

from cardlens.store import transfer
from cardlens.store.errors import NotThere, StoreError
from cardlens.store.faults import explained

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer
    from obstore import PutMode, PutResult
    from obstore.store import ObjectStore

LARGEST_RECORD = 64_000_000  # a manifest of 200,000 files; whatever is larger is none of our records
LIST_PAGE = 1000
LARGEST_COPY = 5 * 2**30  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

Progress = Callable[[int], None]


def no_progress(_: int) -> None:
    """Tell nobody how many bytes have passed."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What identifies one state of an object: its e_tag, and its version where the bucket keeps versions."""

    e_tag: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The state of an object that was written from a file; SHA-256 (hex) and number of the bytes that were sent."""

    tag: Tag
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Found:
    """An object's bytes and the state that they are of."""

    content: bytes
    tag: Tag


@dataclass(frozen=True, slots=True)
class Listed:
    """What a listing says of an object: path relative to the store, size in bytes, e_tag, time of writing (UTC)."""

    path: str
    bytes: int
    e_tag: str | None
    modified: datetime


class Store:
    """Objects under one address. Paths are relative to it, with slashes; every error is a `StoreError`.

    Attributes:
        address: where it is, for messages and records; never with credentials in it.
        shares_copies: whether a copy takes no room: then every content is kept by its digest and shown by a copy.
    """

    shares_copies = False

    def __init__(self, backend: ObjectStore, address: str) -> None:
        """Wrap a backend of obstore; nothing is sent yet."""
        self._backend = backend
        self.address = address

    def at(self, path: str) -> str:
        """Name an object in messages."""
        return f"{self.address}/{path}"

    def read(self, path: str, limit: int = LARGEST_RECORD) -> Found | None:
        """Read a small object whole; None where there is none; `StoreError` where it is larger than `limit` bytes."""
        try:
            with explained(self.at(path)):
                answer = obstore.get(self._backend, path)
                meta = answer.meta
                if meta["size"] > limit:
                    raise StoreError(
                        f"{self.at(path)}: {meta['size']:,} bytes, more than the {limit:,} that it may have"
                    )
                return Found(bytes(answer.bytes()), Tag(meta["e_tag"], meta["version"]))
        except NotThere:
            return None

    def create(self, path: str, content: bytes) -> Tag:
        """Write an object that must not exist yet; raises `AlreadyThere` where it does."""
        return self._write(path, content, "create")

    def replace(self, path: str, content: bytes, seen: Tag) -> Tag:
        """Write an object if it is still in the state `seen`; raises `Outdated` where somebody has changed it."""
        state = {"e_tag": seen.e_tag, "version": seen.version}
        return self._write(path, content, {name: value for name, value in state.items() if value})  # type: ignore[arg-type]

    def put(self, path: str, content: bytes) -> Tag:
        """Write an object, whatever was there."""
        return self._write(path, content, "overwrite")

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """List every object under a folder, all levels, in no order."""
        with explained(self.at(prefix)):
            for page in obstore.list(self._backend, prefix.rstrip("/") or None, chunk_size=LIST_PAGE):
                for meta in page:
                    yield Listed(meta["path"], meta["size"], meta["e_tag"], meta["last_modified"])

    def look(self, path: str) -> Listed | None:
        """Ask for size and e_tag of one object, None where there is none."""
        try:
            with explained(self.at(path)):
                meta = obstore.head(self._backend, path)
                return Listed(path, meta["size"], meta["e_tag"], meta["last_modified"])
        except NotThere:
            return None

    def tag(self, path: str) -> Tag:
        """Ask for the state of one object; raises `NotThere`."""
        with explained(self.at(path)):
            meta = obstore.head(self._backend, path)
            return Tag(meta["e_tag"], meta["version"])

    def delete(self, path: str) -> None:
        """Delete an object; that there is none is no error."""
        try:
            with explained(self.at(path)):
                obstore.delete(self._backend, path)
        except NotThere:
            return

    def copy(self, source: str, target: str, size: int = 0) -> None:
        """Copy an object of `size` bytes within the store, whatever was at `target`.

        The bytes do not travel, unless they are more than S3 copies at once.
        """
        if size > LARGEST_COPY:
            self.stream(target, self.chunks(source), size)
            return
        with explained(self.at(source)):
            obstore.copy(self._backend, source, target)

    def send(self, path: str, file: Path, sha256: str | None = None, progress: Progress = no_progress) -> Sent:
        """Write an object from a file, in parts where it is large.

        Args:
            path: where.
            file: read once.
            sha256: what the file was when it was planned, hex; None takes it as it is.
            progress: told the bytes of each part.

        Raises:
            StoreError: the file is not that any more (what was written is then not to be used), or cannot be sent.
        """
        with explained(self.at(path)):
            result, found, size = transfer.send(self._backend, path, file, sha256, progress)
            return Sent(self._tag(result), found, size)

    def fetch(
        self,
        path: str,
        file: Path,
        *,
        sha256: str,
        size: int,
        version: str | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """Write an object to a file, which appears only when its bytes are right.

        What an interrupted fetch has left as `<file>.partial` is gone on with.

        Args:
            path: of the object.
            file: its folder exists.
            sha256: what the bytes must be, hex.
            size: how many they must be.
            version: of the object, where the bucket keeps versions; by default the current one.
            progress: told the bytes of each part.

        Raises:
            Damaged: the bytes are not that; nothing is left.
            NotThere: there is no such object or version.
        """
        with explained(self.at(path)):
            transfer.fetch(self._backend, path, file, transfer.Wanted(sha256, size, version, self.at(path)), progress)

    def content(
        self, path: str, *, sha256: str, size: int, version: str | None = None, progress: Progress = no_progress
    ) -> ReadableBuffer:
        """Read an object of at most `transfer.SMALL` bytes whole; arguments and errors as of `fetch`."""
        with explained(self.at(path)):
            wanted = transfer.Wanted(sha256, size, version, self.at(path))
            return transfer.read(self._backend, path, wanted, progress)

    def chunks(self, path: str, version: str | None = None) -> Iterator[bytes]:
        """Stream an object; raises `NotThere`, and `Outdated` where it is written again meanwhile."""
        with explained(self.at(path)):
            yield from transfer.chunks(self._backend, path, version)

    def stream(self, path: str, chunks: Iterator[bytes], size: int) -> Tag:
        """Write an object of `size` bytes from chunks; where `chunks` raises, nothing appears."""
        if size <= transfer.SMALL:
            return self.put(path, b"".join(chunks))
        with explained(self.at(path)):
            return self._tag(transfer.put_chunks(self._backend, path, chunks))

    def digest(self, path: str, version: str | None = None, progress: Progress = no_progress) -> tuple[str, int]:
        """Read an object to its end; returns SHA-256 (hex) and bytes; raises `NotThere`."""
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks(path, version):
            digest.update(chunk)
            size += len(chunk)
            progress(len(chunk))
        return digest.hexdigest(), size

    def settle(self) -> None:
        """Make what was written last through a power cut, where the backend does not see to it itself."""

    def _write(self, path: str, content: bytes, mode: PutMode) -> Tag:
        with explained(self.at(path)):
            return self._tag(obstore.put(self._backend, path, content, mode=mode, use_multipart=False))

    @staticmethod
    def _tag(result: PutResult) -> Tag:
        return Tag(result["e_tag"], result["version"])
