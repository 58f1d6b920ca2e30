from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cardlens.recognition.embedder import Description, Embedder
from cardlens.runtimes.base import Bytes, ModelSpec
from cardlens.service.gathering import GatheringEmbedder

SPEC = ModelSpec("still", "embed", 4, 4, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 1, "0" * 64)


class Slow(Embedder):
    """Says each crop's first number; the first batch waits until it is let go."""

    def __init__(self) -> None:
        self.spec = SPEC
        self.batches: list[int] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def describe(self, crops: Sequence[Bytes]) -> Description:
        self.batches.append(len(crops))
        self.begun.set()
        assert self.go_on.wait(20)
        return Description(np.array([[float(crop[0, 0, 0])] for crop in crops], np.float32))


class Broken(Embedder):
    def __init__(self) -> None:
        self.spec = SPEC

    def describe(self, crops: Sequence[Bytes]) -> Description:
        raise RuntimeError("no memory")


def crops(*values: int) -> list[Bytes]:
    return [np.full((4, 4, 3), value, np.uint8) for value in values]


def test_what_comes_while_one_batch_runs_goes_in_the_next_one_together_and_everyone_gets_his_own() -> None:
    slow = Slow()
    embedder = GatheringEmbedder(slow, lambda count: None)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(embedder.embed, crops(1, 2))
        assert slow.begun.wait(20)
        others = [pool.submit(embedder.embed, crops(value, value + 100)) for value in range(10, 14)]
        while len(embedder._waiting) < 4:
            threading.Event().wait(0.01)
        slow.go_on.set()
        assert first.result().ravel().tolist() == [1, 2]
        assert [other.result().ravel().tolist() for other in others] == [[v, v + 100] for v in range(10, 14)]
    assert slow.batches == [2, 8]


def test_an_error_reaches_everyone_who_waits() -> None:
    embedder = GatheringEmbedder(Broken(), lambda count: None)
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(embedder.embed, crops(1)) for _ in range(8)]
        for one in waiting:
            with pytest.raises(RuntimeError, match="no memory"):
                one.result(20)


def test_the_size_of_each_batch_is_told() -> None:
    slow, told = Slow(), list[int]()
    slow.go_on.set()
    GatheringEmbedder(slow, told.append).embed(crops(1, 2, 3))
    assert told == [3]
