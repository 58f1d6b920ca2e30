"""What was asked for lately, kept for a while: a shared catalogue changes while it is open."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most `most` values, each for at most `seconds`; the one least lately used goes first."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin empty."""
        self._most, self._seconds, self._clock = most, seconds, clock
        self._kept: OrderedDict[Key, tuple[float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, fetch: Callable[[Key], Value]) -> Value:
        """Give what is kept, or else fetch it; what `fetch` raises passes through, and nothing is kept."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._clock() - kept[0] <= self._seconds:
                self._kept.move_to_end(key)
                return kept[1]
        value = fetch(key)  # not under the lock: others need not wait for the server
        self.put({key: value})
        return value

    def put(self, values: Mapping[Key, Value]) -> None:
        """Keep some values from now on."""
        with self._lock:
            now = self._clock()
            for key, value in values.items():
                self._kept[key] = (now, value)
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
