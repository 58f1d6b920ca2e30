"""Large and small files to and from an object store, their digests checked on the way.

Memory: a part that is sent is 8 MB, and at most `WINDOW` parts of one large file are in flight. A large file is fetched
in spans, each written piece by piece as it arrives, at its place: a span is never in memory. They are begun in order,
`SPANS` of them at once, and hashed in order behind that; so all but the last `SPANS` that an interrupted fetch began
are whole, and the next one goes on with them.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import obstore

from cardlens.store.errors import Damaged, StoreError
from cardlens.store.faults import explained

if TYPE_CHECKING:
    from io import FileIO

    from _typeshed import ReadableBuffer
    from obstore import GetOptions, GetResult, PutResult
    from obstore.store import ObjectStore

PART = 8 * 2**20
WINDOW = 6
SMALL = PART // 2  # up to here a file goes in one request; of such, many are in memory at once

# how many spans of a large file are on their way at once, and how much of one is in memory
SPANS, PIECE = 4, 2**18

_HEAL = "run `cardlens store verify`, then heal it from a backup: cardlens store heal"

Progress = Callable[[int], None]
Got = TypeVar("Got")


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
    import asyncio  # noqa: PLC0415 - takes a tenth of the time until a small fetch begins

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
    """Get an object into a file, by way of `<file>.partial`; raises `Damaged` where it is not what is wanted.

    What an interrupted fetch has left is gone on with; where that was of another content, all is fetched anew.
    """
    if wanted.size <= SMALL:
        write(file, read(backend, path, wanted, progress))
        return
    partial = _partial(file)
    begun = partial.exists()
    try:
        _fetch_large(backend, path, partial, wanted, progress)
    except Damaged:
        if not begun:
            raise
        _fetch_large(backend, path, partial, wanted, progress)
    with explained(str(file)):
        partial.replace(file)


def read(backend: ObjectStore, path: str, wanted: Wanted, progress: Progress) -> ReadableBuffer:
    """Get a small object whole; raises `Damaged` where it is not what is wanted."""
    content = _get(backend, path, wanted.version).bytes()
    _refuse_damaged(hashlib.sha256(content).hexdigest(), len(content), wanted)
    progress(len(content))
    return content


def write(file: Path, content: ReadableBuffer) -> None:
    """Write a file, one of thousands: it has its name when it is whole."""
    partial = _partial(file)
    with explained(str(file)):
        _write_new(partial, content)
        os.replace(partial, file)  # noqa: PTH105 - one of thousands


def _partial(file: Path) -> Path:
    return Path(f"{file}.partial")


def chunks(backend: ObjectStore, path: str, version: str | None) -> Iterator[bytes]:
    """Stream an object in parts, each asked for by itself: a request for all of it would outlast its time-out.

    Raises `Outdated` where it is written again meanwhile.
    """
    answer = _get(backend, path, version)
    size, e_tag = answer.meta["size"], answer.meta["e_tag"]
    if size <= PART:
        yield bytes(answer.bytes())
        return

    def get(start: int) -> bytes:
        span = (start, min(start + PART, size))
        return bytes(_get(backend, path, version, span, None if version else e_tag).bytes())

    with ThreadPoolExecutor(SPANS) as pool:
        yield from _in_order(pool, get, range(0, size, PART))


def span_of(size: int) -> int:
    """Give how much of a large file is asked for at once: a 32nd, in whole MiB up to 8, so that little is lost."""
    return min(8, max(1, size // 2**25)) * 2**20


def _fetch_large(backend: ObjectStore, path: str, partial: Path, wanted: Wanted, progress: Progress) -> None:
    try:
        digest, size = _fetch_spans(backend, path, partial, wanted, progress)
        _refuse_damaged(digest, size, wanted)
    except Damaged:
        partial.unlink()
        raise


def _fetch_spans(backend: ObjectStore, path: str, partial: Path, wanted: Wanted, progress: Progress) -> tuple[str, int]:
    """Fetch what is not there yet; gives SHA-256 (hex) and bytes of all of it."""
    digest, size, span = hashlib.sha256(), 0, span_of(wanted.size)
    with explained(str(partial)):
        partial.touch()
        stream = partial.open("r+b", buffering=0)
    with stream, ThreadPoolExecutor(SPANS) as pool:  # which ends before the file closes
        with explained(str(partial)):
            kept = _keep_whole_spans(stream, wanted.size, span)
        progress(kept)

        def fetch_span(start: int) -> int:
            end = min(start + span, wanted.size)
            for at, piece in _pieces(backend, path, wanted, start, end):
                with explained(str(partial)):
                    _write(stream.fileno(), piece, at)
                progress(len(piece))
            return end

        for end in _in_order(pool, fetch_span, range(kept, wanted.size, span)):
            with explained(str(partial)):
                size += _hash_to(stream, end - size, digest.update)
    return digest.hexdigest(), size


def _in_order(pool: ThreadPoolExecutor, get: Callable[[int], Got], starts: Iterable[int]) -> Iterator[Got]:
    """Get spans, `SPANS` at once, and give what each returns, in order.

    None is begun before the one `SPANS` before it has ended.
    """
    waiting: deque[Future[Got]] = deque()
    for start in starts:
        ended = waiting.popleft().result() if len(waiting) == SPANS else None
        waiting.append(pool.submit(get, start))
        if ended is not None:
            yield ended
    while waiting:
        yield waiting.popleft().result()


def _pieces(backend: ObjectStore, path: str, wanted: Wanted, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Stream a span, each piece with its place; raises `Damaged` where more comes than was asked for."""
    at = start
    for piece in _get(backend, path, wanted.version, (start, end)).stream(PIECE):
        if at + len(piece) > end:
            raise Damaged(f"{wanted.place}: the server sends more than it was asked for; {_HEAL}")
        yield at, piece
        at += len(piece)


def _keep_whole_spans(stream: FileIO, size: int, span: int) -> int:
    """Cut off what an interrupted fetch may have left with holes; returns the bytes before that."""
    length = stream.seek(0, os.SEEK_END)
    begun = -(-length // span) if length <= size else 0
    kept = max(0, begun - SPANS) * span
    stream.truncate(kept)
    stream.seek(0)
    return kept


def _hash_to(stream: FileIO, count: int, update: Callable[[ReadableBuffer], None]) -> int:
    """Hash the next so many bytes; returns how many there were."""
    buffer, left = memoryview(bytearray(PIECE)), count
    while left and (read := stream.readinto(buffer[:left])):
        update(buffer[:read])
        left -= read
    return count - left


def _write_new(file: Path, content: ReadableBuffer) -> None:
    """Write it with what it takes: `open` asks the system for more than it is told."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        _write(handle, content, 0)
    finally:
        os.close(handle)


def _write(file: int, content: ReadableBuffer, at: int) -> None:
    """Write all of it at its place: the system may take less at once."""
    rest = memoryview(content)
    while rest:
        count = os.pwrite(file, rest, at)
        rest, at = rest[count:], at + count


def _get(
    backend: ObjectStore,
    path: str,
    version: str | None,
    span: tuple[int, int] | None = None,
    e_tag: str | None = None,
) -> GetResult:
    options: GetOptions = {}
    if version:
        options["version"] = version
    if span is not None:
        options["range"] = span
    if e_tag:
        options["if_match"] = e_tag
    return obstore.get(backend, path, options=options)


def _refuse_damaged(sha256: str, size: int, wanted: Wanted) -> None:
    if (sha256, size) != (wanted.sha256, wanted.size):
        raise Damaged(
            f"{wanted.place}: damaged: {size:,} bytes of SHA-256 {sha256[:12]}, recorded are {wanted.size:,} of "
            f"{wanted.sha256[:12]}; {_HEAL}"
        )
