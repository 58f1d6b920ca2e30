"""A reload that one worker was asked for reaches the others."""

from __future__ import annotations

import asyncio
from multiprocessing import get_context
from typing import Protocol

from cardlens.errors import CardlensError
from cardlens.service.engine import Engine
from cardlens.service.telling import LOG

_LOOK_EVERY = 0.5  # seconds


class Count(Protocol):
    """A number that all workers see. Two that raise it at once may raise it by one: others see that all the same."""

    value: int


def shared_count() -> Count:
    """Make the number, for processes that are spawned."""
    count: Count = get_context("spawn").RawValue("q", 0)
    return count


class Reloads:
    """How often a reload was asked for, anywhere, and how many of those this worker has done."""

    def __init__(self, count: Count) -> None:
        """Begin even with `count`."""
        self._count, self._done = count, count.value

    def announce(self) -> None:
        """Tell the others; this worker has done its own already."""
        self._count.value += 1
        self._done = self._count.value

    async def follow(self, engine: Engine) -> None:
        """Reload whenever another worker has; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            wanted = self._count.value
            if wanted == self._done:
                continue
            self._done = wanted
            try:
                await engine.reload()
            except CardlensError as error:
                LOG.error("reload", extra={"said": {"error": str(error)}})
