"""Many small transfers at once; the first failure stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

AT_ONCE = 16
AHEAD = 64  # tasks that wait for a thread: so many are in memory, however many there are

Item = TypeVar("Item")


def for_each(items: Iterable[Item], work: Callable[[Item], None], at_once: int = AT_ONCE) -> None:
    """Call `work` with every item, `at_once` at a time; raises the first error, after those under way have ended."""
    waiting: set[Future[None]] = set()
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for item in items:
                waiting.add(pool.submit(work, item))
                if len(waiting) >= AHEAD:
                    waiting = _raise_failures(wait(waiting, return_when=FIRST_COMPLETED))
            while waiting:
                waiting = _raise_failures(wait(waiting, return_when=FIRST_COMPLETED))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


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


def _raise_failures(result: tuple[set[Future[None]], set[Future[None]]]) -> set[Future[None]]:
    done, waiting = result
    for future in done:
        future.result()
    return waiting
