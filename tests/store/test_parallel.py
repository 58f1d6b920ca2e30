from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from cardlens.store.parallel import AT_ONCE, by_size, for_each, hand_over


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


def test_what_is_got_is_kept_once_and_by_one() -> None:
    kept: list[tuple[int, int]] = []
    hand_over(range(500), lambda one: one + 1, lambda one: kept.append((one, threading.get_ident())))
    assert sorted(one for one, _ in kept) == list(range(1, 501))
    assert {who for _, who in kept} == {threading.get_ident()}


def test_a_slow_keeper_is_waited_for() -> None:
    waiting, most, lock = [0], [0], threading.Lock()
    got_all_there_is_room_for = threading.Event()

    def get(one: int) -> int:
        with lock:
            waiting[0] += 1
            most[0] = max(most[0], waiting[0])
            if waiting[0] == AT_ONCE:
                got_all_there_is_room_for.set()
        return one

    def keep(_: int) -> None:
        assert got_all_there_is_room_for.wait(timeout=30)
        with lock:
            waiting[0] -= 1

    hand_over(range(AT_ONCE * 4), get, keep)
    assert most[0] == AT_ONCE
    assert waiting[0] == 0


@pytest.mark.parametrize("failing", ["get", "keep", "items"])
def test_the_first_failure_ends_it(failing: str) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            if failing == "items" and number == 3:
                raise ValueError("the third")
            yield number

    def step(which: str, number: int) -> int:
        if which == failing and number == 3:
            raise ValueError("the third")
        return number

    with pytest.raises(ValueError, match="the third"):
        hand_over(items(), lambda one: step("get", one), lambda one: (step("keep", one), None)[1])
    assert len(taken) < 10_000
