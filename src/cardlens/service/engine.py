"""What works behind the routes: takes on what it can, names photos in turn, and changes models on the run."""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from cardlens.service.generation import Generation, open_generation
from cardlens.service.options import ServiceOptions
from cardlens.service.problem import Refused
from cardlens.service.telling import Telling

Result = TypeVar("Result")
Gone = Callable[[], Awaitable[bool]]


class Engine:
    """One worker's recognizer, its queue and its threads."""

    def __init__(self, options: ServiceOptions, telling: Telling) -> None:
        """Nothing is opened yet: `start` does that."""
        self.options, self._limits, self._telling = options, options.limits, telling
        self._pool = ThreadPoolExecutor(options.threads, "cardlens-look")
        self._turns = asyncio.Semaphore(options.threads)
        self._reloading = asyncio.Lock()
        self._generation: Generation | None = None
        self._requests = self._held = 0
        self._waiting = 0
        self._lately: deque[float] = deque([0.5], maxlen=20)  # seconds a photo took
        self.stopping = threading.Event()

    @property
    def generation(self) -> Generation:
        """The newest models and database; a request asks once and keeps what it got."""
        if self._generation is None:
            raise Refused(503, "still starting; try again in a few seconds", {"Retry-After": "2"})
        return self._generation

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        return self._generation is not None and not self.stopping.is_set()

    async def start(self) -> None:
        """Open models and database; raises `CardlensError`."""
        await self._open(1)

    async def reload(self) -> Generation:
        """Open models and database anew and then change over; if that fails the old ones stay. One at a time."""
        async with self._reloading:
            await self._open(self.generation.number + 1)
        return self.generation

    async def stop(self) -> None:
        """Let what is under way end."""
        self.stopping.set()
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)

    @asynccontextmanager
    async def admitted(self, length: int, *, hurry: bool = True) -> AsyncIterator[None]:
        """Take on a request whose body has `length` bytes; raises `Refused` with 429 where that is too much now.

        With `hurry`, one that takes too long is refused with 503; not for work whose outcome must be told.
        """
        if self._is_full(length):
            self._telling.refused_busy()
            wait = str(self.seconds_to_wait())
            raise Refused(429, f"{self._requests} requests are under way; try again in {wait} s", {"Retry-After": wait})
        self._requests += 1
        self._held += length
        try:
            async with asyncio.timeout(self._limits.work_seconds + self._limits.body_seconds if hurry else None):
                yield
        except TimeoutError:
            raise Refused(
                503, "not done in time; try again later", {"Retry-After": str(self.seconds_to_wait())}
            ) from None
        finally:
            self._requests -= 1
            self._held -= length

    def _is_full(self, length: int) -> bool:
        limits = self._limits
        too_many = self._requests >= limits.requests or self._held + length > limits.held
        return too_many or (self._requests > 1 and self._expected_wait() > limits.wait_seconds)

    def _expected_wait(self) -> float:
        """Seconds that what is under way takes, at the present pace; each request has a photo at least."""
        pace = sum(self._lately) / len(self._lately) / self.options.threads
        return max(self._requests, self._waiting) * pace

    def seconds_to_wait(self) -> int:
        """Say when there may be room again."""
        return max(1, math.ceil(self._expected_wait()))

    async def work(self, task: Callable[[], Result], gone: Gone) -> Result:
        """Do `task` in a thread when its turn comes, first come first served; not at all if the asker has `gone`."""
        self._wait(+1)
        try:
            await self._turns.acquire()
            if await self._is_off(gone):
                raise Refused(400, "the client has gone")
            return await self._timed(task)
        finally:
            self._wait(-1)

    async def _is_off(self, gone: Gone) -> bool:
        """Ask whether the asker has gone; if so, or if it cannot be asked, the turn is the next one's."""
        off = True
        try:
            off = await gone()
        finally:
            if off:
                self._turns.release()
        return off

    async def _timed(self, task: Callable[[], Result]) -> Result:
        """A thread cannot be stopped: the turn lasts until it ends, also where nobody waits for it any more."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        done = loop.run_in_executor(self._pool, task)
        done.add_done_callback(lambda _: self._end_turn(loop.time() - began))
        return await asyncio.shield(done)

    def _end_turn(self, seconds: float) -> None:
        self._lately.append(seconds)
        self._turns.release()

    def _wait(self, step: int) -> None:
        self._waiting += step
        self._telling.waiting(self._waiting)

    async def _open(self, number: int) -> None:
        self._generation = await asyncio.to_thread(open_generation, self.options, number, self._telling.embedded)
        self._telling.opened(self._generation)
