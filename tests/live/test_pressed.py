from __future__ import annotations

from collections.abc import Iterator

import pytest

from cardlens.live import Live, PressedSession, Row, open_live
from cardlens.settings import Settings
from tests.live.demo_films import demo_film


class Pressing:
    """A trigger that is pressed at the times given."""

    def __init__(self, *times: float) -> None:
        self.times = list(times)
        self.now = 0.0

    def pressed(self) -> bool:
        due = bool(self.times) and self.now >= self.times[0]
        if due:
            self.times.pop(0)
        return due


@pytest.fixture(scope="module")
def live() -> Live:
    return open_live(Settings(threads=1))


def rows_of(live: Live, pressing: Pressing, until: float) -> Iterator[Row]:
    session = PressedSession(live.session(), pressing)
    for pixels, seconds in demo_film("one", [3], every=6, until=until):
        pressing.now = seconds
        yield from session.feed(pixels, seconds).rows
    yield from session.finish()


def test_nothing_is_named_until_someone_presses(live: Live) -> None:
    assert list(rows_of(live, Pressing(), until=2)) == []


def test_each_press_counts_what_lies_there(live: Live) -> None:
    rows = list(rows_of(live, Pressing(1.5, 4.0), until=6))
    assert [(row.number, row.answer.card_id, row.copy) for row in rows] == [(1, "demo-3", 1), (2, "demo-3", 2)]
    assert 1.5 <= rows[0].seconds < 4.0 <= rows[1].seconds


def test_where_nothing_lies_a_press_ends_by_itself(live: Live) -> None:
    pressing = Pressing(0.0, 0.2)
    session = PressedSession(live.session(), pressing)
    pixels, _ = next(demo_film("one", [3]))
    views = [session.feed(pixels, seconds) for seconds in (0.0, 1.0, 2.5)]
    assert not any(view.rows for view in views)
    pressing.times = [0.0]
    assert session.feed(pixels, 3.0).cards == ()
