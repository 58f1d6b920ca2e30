from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cardlens.store.parallel import AT_ONCE, by_size, for_each


def test_every_item_once() -> None:
    seen: list[int] = []
    for_each(range(500), seen.append)
    assert sorted(seen) == list(range(500))


def test_many_at_once_but_no_more() -> None:
    busy, most = [0], [0]
    lock, all_in = threading.Lock(), threading.Barrier(AT_ONCE)

    def work(_: int) -> None:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        all_in.wait(timeout=30)
        with lock:
            busy[0] -= 1

    for_each(range(AT_ONCE * 3), work)
    assert most[0] == AT_ONCE


def test_the_first_failure_stops_the_rest() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    def work(number: int) -> None:
        if number == 3:
            raise ValueError("the third")

    with pytest.raises(ValueError, match="the third"):
        for_each(items(), work)
    assert len(taken) < 10_000


def test_items_that_fail_are_told() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise OSError("broken list")

    with pytest.raises(OSError, match="broken list"):
        for_each(items(), lambda _: None)


def test_large_ones_come_last_and_one_by_one() -> None:
    seen: list[int] = []
    by_size([9, 1, 8, 2, 3], lambda size: size, seen.append, small=3)
    assert sorted(seen[:3]) == [1, 2, 3]
    assert seen[3:] == [9, 8]
