"""Arrays of pictures that are larger than memory: files that are mapped, and are there only once they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cardlens.runtimes.base import Bytes


@contextmanager
def whole_array(file: Path, shape: tuple[int, ...]) -> Iterator[Bytes]:
    """Give a uint8 array to fill, mapped to a file aside that becomes `file` (.npy) afterwards.

    Raises `OSError` where the disk has no room for it; then, and after any other error, nothing is left of it.
    """
    aside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        array = mapped_array(aside, shape, file)
        yield array
        array.flush()
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def mapped_array(
    file: Path, shape: tuple[int, ...], known_as: Path | None = None
) -> np.memmap[tuple[int, ...], np.dtype[np.uint8]]:
    """Make `file` (.npy), of `shape` in uint8, and map it; raises `OSError` where the disk has no room for it.

    Its space is taken at once: a program that writes to a mapped file on a full disk is ended by a signal.
    """
    array = np.lib.format.open_memmap(file, "w+", np.uint8, shape)
    if hasattr(os, "posix_fallocate"):  # macOS has none
        with file.open("r+b") as stream:
            try:
                os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(known_as or file)) from error
    return array
