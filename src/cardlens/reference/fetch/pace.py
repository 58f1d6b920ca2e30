"""How fast we ask, and how long we go on asking."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long something is asked for. Times in seconds.

    Attributes:
        attempts: requests for one thing, at most.
        first_wait: before the second request; it doubles with each one, with a random part.
        longest_wait: between two requests. A service that asks for more ends the run.
        silence: without a byte, after which a request has failed.
        whole: for one answer, from the first byte to the last.
    """

    attempts: int = 5
    first_wait: float = 1.0
    longest_wait: float = 120.0
    silence: float = 20.0
    whole: float = 180.0


class Pace:
    """Lets through so many requests a second, whichever thread asks."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a rate above 0; `clock` for tests."""
        if per_second <= 0:
            raise ValueError(f"{per_second} requests a second")
        self._interval = 1 / per_second
        self._clock = clock
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self, stopped: threading.Event) -> None:
        """Return when it is this request's turn, or when all is stopped."""
        with self._lock:
            turn = max(self._next, self._clock())
            self._next = turn + self._interval
        pause = turn - self._clock()
        if pause > 0:
            stopped.wait(pause)


def retry_after(header: str | None, now: datetime | None = None) -> float:
    """Seconds that a Retry-After header asks for, given as seconds or as a date; 0 where it says nothing sensible."""
    if not header:
        return 0.0
    if header.strip().isascii() and header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())
