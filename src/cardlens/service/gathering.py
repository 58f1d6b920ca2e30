"""Batches across requests: crops of photos that are named at the same time go through the embedder together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import Bytes, Floats


@dataclass(frozen=True, slots=True)
class _Wish:
    crops: Sequence[Bytes]
    vectors: Future[Floats] = field(default_factory=Future)


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

    def embed(self, crops: Sequence[Bytes]) -> Floats:
        """As `Embedder.embed`, from any thread."""
        if not crops:
            return self._whole.embed(crops)
        wish = _Wish(crops)
        with self._adding:
            self._waiting.append(wish)
        with self._free:
            if not wish.vectors.done():  # else another thread took it along
                self._embed_all()
        return wish.vectors.result()

    def _embed_all(self) -> None:
        with self._adding:
            wishes, self._waiting = self._waiting, []
        try:
            vectors = self._whole.embed([crop for wish in wishes for crop in wish.crops])
        except BaseException as error:  # each of them must hear of it, or wait for ever
            for wish in wishes:
                wish.vectors.set_exception(error)
            return
        self._observe(len(vectors))
        start = 0
        for wish in wishes:
            wish.vectors.set_result(vectors[start : start + len(wish.crops)])
            start += len(wish.crops)
