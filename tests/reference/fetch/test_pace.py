from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.reference.fetch.pace import Pace, retry_after


class Clock(threading.Event):
    """A clock that moves when somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 100.0
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.now += timeout or 0.0
        return False


def test_lets_through_so_many_a_second() -> None:
    clock = Clock()
    pace = Pace(4, lambda: clock.now)
    for _ in range(9):
        pace.wait(clock)
    assert clock.now == pytest.approx(102.0)
    assert clock.waits == pytest.approx([0.25] * 8)


def test_who_was_idle_may_not_catch_up() -> None:
    clock = Clock()
    pace = Pace(1, lambda: clock.now)
    pace.wait(clock)
    clock.now += 60
    pace.wait(clock)
    pace.wait(clock)
    assert clock.waits == [1.0]


def test_a_pace_is_above_nothing() -> None:
    with pytest.raises(ValueError, match="0 requests"):
        Pace(0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("30", 30),
        (" 5 ", 5),
        ("Mon, 05 Oct 2026 07:01:00 GMT", 60),
        ("Mon, 05 Oct 2026 06:00:00 GMT", 0),
        ("soon", 0),
        ("-4", 0),
        ("1.5", 0),
        ("٣", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_reads_retry_after(header: str | None, seconds: float) -> None:
    assert retry_after(header, datetime(2026, 10, 5, 7, 0, tzinfo=UTC)) == seconds


@given(st.text(max_size=40))
def test_any_header_is_survived(header: str) -> None:
    assert retry_after(header) >= 0
