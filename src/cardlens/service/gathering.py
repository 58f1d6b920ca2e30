"""Batches across requests: crops of photos that are named at the same time go through the embedder together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from cardlens.recognition.embedder import Description, Embedder
from cardlens.runtimes.base import Bytes


@dataclass(frozen=True, slots=True)
class _Wish:
    crops: Sequence[Bytes]
    description: Future[Description] = field(default_factory=Future)


class GatheringEmbedder(Embedder):
    """Embeds what several threads ask for at once in one batch, and nobody waits for company that may not come.

    A thread that finds the embedder free embeds its own crops and all that are waiting; who comes meanwhile waits, and
    one of those takes all that gathered. Alone, a request goes straight through.
    """

    def __init__(self, whole: Embedder, observe: Callable[[int], None]) -> None:
        """`observe` is told the number of crops of every batch."""
        self._whole, self._observe, self.spec = whole, observe, whole.spec
        self._free = threading.Lock()
        self._waiting: list[_Wish] = []
        self._adding = threading.Lock()

    def describe(self, crops: Sequence[Bytes]) -> Description:
        """As `Embedder.describe`, from any thread."""
        if not crops:
            return self._whole.describe(crops)
        wish = _Wish(crops)
        with self._adding:
            self._waiting.append(wish)
        with self._free:
            if not wish.description.done():  # else another thread took it along
                self._embed_all()
        return wish.description.result()

    def _embed_all(self) -> None:
        with self._adding:
            wishes, self._waiting = self._waiting, []
        try:
            together = self._whole.describe([crop for wish in wishes for crop in wish.crops])
        except BaseException as error:  # each of them must hear of it, or wait for ever
            for wish in wishes:
                wish.description.set_exception(error)
            return
        self._observe(len(together))
        start = 0
        for wish in wishes:
            wish.description.set_result(together[start : start + len(wish.crops)])
            start += len(wish.crops)
