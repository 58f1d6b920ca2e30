from __future__ import annotations

import asyncio
import threading
import time

import pytest

from cardlens.service.engine import Engine
from cardlens.service.options import Limits, ServiceOptions
from cardlens.service.problem import Refused
from cardlens.service.telling import Telling


async def stays() -> bool:
    return False


async def has_gone() -> bool:
    return True


def engine(**limits: float) -> Engine:
    return Engine(ServiceOptions(workers=64, limits=Limits(**limits)), Telling())  # type: ignore[arg-type]


def test_one_request_too_many_is_told_when_to_come_back() -> None:
    async def ask() -> None:
        full = engine(requests=2)
        async with full.admitted(1), full.admitted(1):
            with pytest.raises(Refused) as refused:
                async with full.admitted(1):
                    pass
            assert refused.value.status == 429
            assert int(refused.value.headers["Retry-After"]) >= 1
        async with full.admitted(1):
            pass

    asyncio.run(ask())


def test_more_bytes_than_may_be_held_are_refused_before_they_are_read() -> None:
    async def ask() -> None:
        full = engine(held=100)
        async with full.admitted(60):
            with pytest.raises(Refused, match="under way"):
                async with full.admitted(60):
                    pass
            async with full.admitted(40):
                pass

    asyncio.run(ask())


def test_a_request_that_takes_too_long_is_ended_and_its_turn_lasts_until_its_thread_ends() -> None:
    async def ask() -> None:
        hurried = engine(work_seconds=0.1, body_seconds=0.1)
        let_go = threading.Event()
        with pytest.raises(Refused) as refused:
            async with hurried.admitted(1):
                await hurried.work(let_go.wait, stays)
        assert refused.value.status == 503
        assert hurried._turns.locked()
        let_go.set()
        assert await hurried.work(lambda: "next", stays) == "next"
        await hurried.stop()

    asyncio.run(ask())


def test_where_the_wait_would_be_long_it_says_so_at_once() -> None:
    async def ask() -> None:
        slow = engine(requests=100, wait_seconds=5)
        slow._lately.extend([3.0] * 20)  # seconds a photo took; one thread
        async with slow.admitted(1), slow.admitted(1):
            with pytest.raises(Refused) as refused:
                async with slow.admitted(1):
                    pass
            assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "6")

    asyncio.run(ask())


def test_work_for_a_client_that_has_gone_is_not_begun() -> None:
    async def ask() -> None:
        begun: list[int] = []
        idle = engine()
        with pytest.raises(Refused, match="gone"):
            await idle.work(lambda: begun.append(1), has_gone)
        assert begun == []
        assert await idle.work(lambda: 7, stays) == 7
        await idle.stop()

    asyncio.run(ask())


def test_photos_are_named_first_come_first_served() -> None:
    async def ask() -> list[int]:
        order: list[int] = []
        busy = engine()
        await asyncio.gather(*(busy.work(lambda number=number: order.append(number), stays) for number in range(20)))  # type: ignore[misc]
        await busy.stop()
        return order

    assert asyncio.run(ask()) == list(range(20))


def test_before_the_models_are_open_it_says_so() -> None:
    closed = engine()
    assert not closed.ready
    with pytest.raises(Refused, match="still starting"):
        _ = closed.generation


def test_the_time_to_wait_grows_with_the_queue() -> None:
    async def ask() -> None:
        slow = engine()
        for _ in range(3):
            await slow.work(lambda: time.sleep(0.01), stays)
        idle = slow.seconds_to_wait()
        slow._waiting = 10_000
        assert slow.seconds_to_wait() > idle
        slow._waiting = 0
        await slow.stop()

    asyncio.run(ask())
