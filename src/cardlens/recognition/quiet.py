"""Silence for libtiff, which prints its complaints past Python, in the middle of whatever the caller is showing."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2
_one_at_a_time = threading.Lock()  # two at once would save, and later restore, each other's silence


@contextmanager
def silent_standard_error() -> Iterator[None]:
    """Discard what the process writes to its standard error, below Python, while the block runs."""
    with _one_at_a_time:
        try:
            saved = os.dup(_STANDARD_ERROR)
        except OSError:  # there is none
            yield
            return
        try:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (not a path on every system)
                os.dup2(nowhere.fileno(), _STANDARD_ERROR)
            yield
        finally:
            os.dup2(saved, _STANDARD_ERROR)
            os.close(saved)
