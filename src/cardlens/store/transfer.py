"""Large and small files to and from an object store, their digests checked on the way.

Memory: a part that is sent is 8 MB, and at most `WINDOW` parts of one large file are in flight. A large file is fetched
in smaller spans, whose memory is used again and again instead of being had anew for each, and written in order, so that
an interrupted fetch leaves a beginning that the next one goes on with; it is hashed beside the writing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import obstore

from cardlens.store.errors import Damaged, StoreError
from cardlens.store.faults import explained

if TYPE_CHECKING:
    from obstore import Bytes, GetOptions, PutResult
    from obstore.store import ObjectStore

PART = 8 * 2**20
WINDOW = 6
SMALL = PART // 2  # up to here a file goes in one request; of such, many are in memory at once

# what is fetched at once, and how many such are on their way
SPAN, SPANS = 2 * 2**20, 16

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bytes are wanted: SHA-256 (hex), size, object version; and the place, for messages."""

    sha256: str
    size: int
    version: str | None
    place: str


def send(
    backend: ObjectStore, path: str, file: Path, sha256: str | None, progress: Progress
) -> tuple[PutResult, str, int]:
    """Put a file, which must still have this digest if one is given; gives digest and bytes of what was sent.

    Raises `StoreError` where it has changed.
    """
    if file.stat().st_size <= SMALL:
        content = file.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        _refuse_changed(file, found, sha256)
        result = obstore.put(backend, path, content, use_multipart=False)
        progress(len(content))
        return result, found, len(content)
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        parts = _hashed_parts(stream, digest.update, progress)
        result = put_chunks(backend, path, parts)
        size = stream.tell()
    _refuse_changed(file, digest.hexdigest(), sha256)
    return result, digest.hexdigest(), size


def put_chunks(backend: ObjectStore, path: str, chunks: Iterator[bytes]) -> PutResult:
    """Put an object in parts; where `chunks` raises, nothing appears and that is raised.

    `chunks` is read in a thread of ours: obstore would read it in one of its own, from which it cannot be called again.
    """

    async def feed() -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(next, chunks, b""):
            yield chunk

    async def put() -> PutResult:
        return await obstore.put_async(backend, path, feed(), chunk_size=PART, max_concurrency=WINDOW)

    return asyncio.run(put())


def _hashed_parts(stream: BinaryIO, update: Callable[[bytes], None], progress: Progress) -> Iterator[bytes]:
    while part := stream.read(PART):
        update(part)
        yield part
        progress(len(part))


def _refuse_changed(file: Path, found: str, planned: str | None) -> None:
    if planned not in (None, found):
        raise StoreError(f"{file}: was changed while it was sent; leave it alone and give the same command again")


def fetch(backend: ObjectStore, path: str, file: Path, wanted: Wanted, progress: Progress) -> None:
    """Get an object into a file, by way of `<file>.partial`; raises `Damaged` where it is not what is wanted."""
    partial = file.with_name(file.name + ".partial")
    if wanted.size <= SMALL:
        content = _get(backend, path, wanted.version)
        _refuse_damaged(hashlib.sha256(content).hexdigest(), len(content), wanted)
        with explained(str(file)):
            partial.write_bytes(content)
        progress(len(content))
    else:
        _fetch_large(backend, path, partial, wanted, progress)
    partial.replace(file)


def _fetch_large(backend: ObjectStore, path: str, partial: Path, wanted: Wanted, progress: Progress) -> None:
    digest = hashlib.sha256()
    with partial.open("a+b") as stream:
        done = _whole_spans(stream, wanted.size, digest.update)
        progress(done)
        with ThreadPoolExecutor(1) as hasher:
            hashed: Future[None] | None = None
            for part in _spans(backend, path, wanted, done):
                if hashed:
                    hashed.result()  # at most one part waits to be hashed while the next is written
                hashed = hasher.submit(digest.update, part)
                with explained(str(partial)):
                    stream.write(part)
                    stream.flush()
                progress(len(part))
    try:
        _refuse_damaged(digest.hexdigest(), partial.stat().st_size, wanted)
    except Damaged:
        partial.unlink()
        raise


def _spans(backend: ObjectStore, path: str, wanted: Wanted, done: int) -> Iterator[Bytes]:
    """Get the spans after the first `done` bytes, in their order, several on their way at once."""
    starts = deque(range(done, wanted.size, SPAN))
    waiting: deque[Future[Bytes]] = deque()
    with ThreadPoolExecutor(SPANS) as pool:
        while starts or waiting:
            while starts and len(waiting) < SPANS:
                start = starts.popleft()
                span = (start, min(start + SPAN, wanted.size))
                waiting.append(pool.submit(_get, backend, path, wanted.version, span))
            yield waiting.popleft().result()


def _whole_spans(stream: BinaryIO, size: int, update: Callable[[bytes], None]) -> int:
    """Hash the whole spans that an interrupted fetch left, cut off the rest; returns their bytes."""
    length = stream.seek(0, 2)
    keep = length // SPAN * SPAN if length <= size else 0
    stream.truncate(keep)
    stream.seek(0)
    for _ in range(keep // SPAN):
        update(stream.read(SPAN))
    return keep


def _get(backend: ObjectStore, path: str, version: str | None, span: tuple[int, int] | None = None) -> Bytes:
    options: GetOptions = {"version": version} if version else {}
    if span is not None:
        options["range"] = span
    return obstore.get(backend, path, options=options).bytes()


def _refuse_damaged(sha256: str, size: int, wanted: Wanted) -> None:
    if (sha256, size) != (wanted.sha256, wanted.size):
        raise Damaged(
            f"{wanted.place}: damaged: {size:,} bytes of SHA-256 {sha256[:12]}, recorded are {wanted.size:,} of "
            f"{wanted.sha256[:12]}; run `cardlens store verify`, then heal it from a backup: cardlens store heal"
        )
