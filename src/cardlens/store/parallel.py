"""Many small transfers at once; the first failure stops the rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

AT_ONCE = 32
_GETTERS = 16  # more gain nothing where another thread writes

Item = TypeVar("Item")
Got = TypeVar("Got")


def for_each(items: Iterable[Item], work: Callable[[Item], None], at_once: int = AT_ONCE) -> None:
    """Call `work` with every item, `at_once` at a time; raises the first error, after those under way have ended.

    Items are taken when a thread is free: however many there are, only those under way are in memory.
    """
    queue = _Queue(items)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for worker in [pool.submit(queue.work, work) for _ in range(at_once)]:
                worker.result()
        except BaseException as interruption:
            queue.stop(interruption)
            raise
    queue.raise_failure()


def hand_over(items: Iterable[Item], get: Callable[[Item], Got], keep: Callable[[Got], None]) -> None:
    """Call `get` with many items at once, and `keep` with what each gives, one at a time, in this thread.

    Threads that all write would wait for each other, at the interpreter's lock and at the folder's. At most `AT_ONCE`
    things that were got are in memory; the first error is raised, after those under way have ended.
    """
    queue, room, got = _Queue(items), SimpleQueue[None](), SimpleQueue[tuple[Got] | None]()

    def make_room(places: int = 1) -> None:
        for _ in range(places):
            room.put(None)

    def work() -> None:
        queue.work(hand)
        got.put(None)

    def hand(item: Item) -> None:
        room.get()
        got.put((get(item),))

    make_room(AT_ONCE)
    with ThreadPoolExecutor(_GETTERS) as pool:
        workers = [pool.submit(work) for _ in range(_GETTERS)]
        try:
            for _ in workers:
                while one := got.get():
                    keep(one[0])
                    make_room()
        except BaseException as interruption:
            queue.stop(interruption)
            make_room(_GETTERS)
            raise
    queue.raise_failure()


def by_size(items: Iterable[Item], size: Callable[[Item], int], work: Callable[[Item], None], small: int) -> None:
    """Call `work` with the small items many at once, then with the large one by one: each fills the line by itself."""
    large = []

    def small_ones() -> Iterator[Item]:
        for item in items:
            if size(item) <= small:
                yield item
            else:
                large.append(item)

    for_each(small_ones(), work)
    for item in large:
        work(item)


class _Queue(Generic[Item]):
    """Items that several threads take from, until they are out or something has failed."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = iter(items)
        self._taking = threading.Lock()
        self._failures: list[BaseException] = []

    def work(self, work: Callable[[Item], None]) -> None:
        try:
            while not self._failures and (found := self._take()):
                work(found[0])
        except BaseException as failure:  # raised again by raise_failure
            self.stop(failure)

    def _take(self) -> tuple[Item] | None:
        """Give the next item, None where they are out."""
        with self._taking:
            for item in self._items:
                return (item,)
        return None

    def stop(self, failure: BaseException) -> None:
        self._failures.append(failure)

    def raise_failure(self) -> None:
        if self._failures:
            raise self._failures[0]
