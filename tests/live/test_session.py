"""Films of the demo cards through the bundled models."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from cardlens.live import Live, LiveView, Pace, Row, open_live
from cardlens.live.film import Kind
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from tests.live.demo_films import demo_film
from tests.recognition.moving_card import at as laid_at
from tests.recognition.moving_card import frame


@pytest.fixture(scope="module")
def live() -> Live:
    return open_live(Settings())


def run(live: Live, film: Iterable[tuple[Bytes, float]], pace: Pace | None = None) -> tuple[list[LiveView], list[Row]]:
    """All views of a film, and all rows."""
    session = live.session(pace)
    views = [session.feed(pixels, seconds) for pixels, seconds in film]
    return views, [row for view in views for row in view.rows] + list(session.finish())


def named(rows: Iterable[Row]) -> list[str]:
    return [row.answer.card_id or "" for row in rows if not row.changed]


@pytest.mark.parametrize("kind", ["passing", "cuts"])
def test_each_card_gets_one_row(live: Live, kind: Kind) -> None:
    _, rows = run(live, demo_film(kind, [1, 4], every=4))
    assert named(rows) == ["demo-1", "demo-4"]


def test_a_card_is_counted_however_far_apart_frames_are(live: Live) -> None:
    shots = list(demo_film("cuts", [2, 5], every=10))
    _, rows = run(live, [(pixels, 100 + at * 3.0) for at, (pixels, _) in enumerate(shots)])
    assert named(rows) == ["demo-2", "demo-5"]
    assert rows[0].seconds < 100 + 3.0 * len(shots) / 2 <= rows[1].seconds


def test_one_stable_answer_that_does_not_flicker(live: Live) -> None:
    views, _ = run(live, demo_film("one", [3], every=6, until=4.5))
    stable = [card for view in views for card in view.cards if card.stable]
    assert len(stable) > 10
    assert {card.answer.card_id for card in stable} == {"demo-3"}
    assert {card.track for card in stable} == {1}
    assert stable[-1].row == 1


def test_confidence_rises_with_the_frames(live: Live) -> None:
    views, _ = run(live, demo_film("one", [6], every=5, until=3))
    confidences = [card.answer.confidence for view in views for card in view.cards if card.looks > 0]
    assert confidences[-1] >= confidences[0]
    assert confidences[-1] > 0.9


def test_nine_cards_are_nine_rows(live: Live) -> None:
    _, rows = run(live, demo_film("nine", range(1, 10), every=6, until=3))
    assert sorted(named(rows)) == sorted(f"demo-{number}" for number in range(1, 10))


def test_an_empty_table_gives_nothing(live: Live) -> None:
    table = np.random.default_rng(1).integers(90, 110, (720, 1280, 3)).astype(np.uint8)
    views, rows = run(live, [(table, number / 10) for number in range(8)])
    assert rows == []
    assert not any(view.cards for view in views)


def test_frames_of_another_size_begin_anew(live: Live) -> None:
    session = live.session()
    for pixels, seconds in demo_film("cuts", [2], every=6):
        rows = session.feed(pixels, seconds).rows
        if rows:
            break
    small = np.zeros((240, 320, 3), np.uint8)
    assert session.feed(small, 9.0).cards == ()


def test_a_clock_that_goes_back_does_no_harm(live: Live) -> None:
    session = live.session()
    shots = list(demo_film("cuts", [2], every=10))
    times = [session.feed(pixels, 5.0 - seconds).seconds for pixels, seconds in shots]
    assert times == [5.0] * len(shots)


def test_a_view_goes_over_the_wire_as_plain_json(live: Live) -> None:
    views, _ = run(live, demo_film("cuts", [2], every=10))
    record = next(view for view in reversed(views) if view.cards).as_json()
    assert record["cards"][0]["answer"]["card_id"] == "demo-2"
    assert set(record) == {"seconds", "cards", "rows"}


def test_a_card_that_takes_anothers_place_the_other_way_up_is_named_at_once(live: Live) -> None:
    """Which way up a card lies is kept while it is followed, also for one that comes where it was last seen."""
    session, place = live.session(), laid_at(320, 180)
    for at in range(12):
        session.feed(frame((1, np.roll(place, 2, axis=0))), at / 10)
    for at in range(12, 20):
        view = session.feed(frame((4, place)), at / 10)
        if any(card.stable and card.answer.card_id == "demo-4" for card in view.cards):
            break
    assert at <= 15
