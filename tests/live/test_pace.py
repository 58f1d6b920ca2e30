from __future__ import annotations

import numpy as np

from cardlens.live.pace import Pace, Schedule
from cardlens.recognition.tracker import Track
from cardlens.recognition.tracker_follow import Shrunk
from tests.live.tracks import track
from tests.recognition.moving_card import at, frame

PACE = Pace(busy=0.1, calm=0.5, look=0.1, glance=1.0, looks_at_once=2)
STILL = Shrunk.of(frame((1, at(320, 180))))


def _after_a_find(cost: float = 0.01) -> Schedule:
    schedule = Schedule(PACE)
    schedule.found(STILL, 10.0, cost)
    return schedule


def _calm() -> Track:
    return track(1, seen=10.2)


def test_the_first_frame_is_searched() -> None:
    assert Schedule(PACE).is_find_due(STILL, [], 0.0)


def test_where_nothing_is_unsure_or_moves_the_detector_rests() -> None:
    schedule = _after_a_find()
    assert not schedule.is_find_due(STILL, [_calm()], 10.3)
    assert schedule.is_find_due(STILL, [_calm()], 10.5)


def test_a_card_that_has_not_settled_is_found_soon() -> None:
    assert _after_a_find().is_find_due(STILL, [track(1, seen=10.1, chance=0.5)], 10.1)
    assert not _after_a_find().is_find_due(STILL, [track(1, seen=10.05, chance=0.5)], 10.05)


def test_a_card_that_does_not_look_like_itself_is_found_soon() -> None:
    card = _calm()
    card.likeness = 0.2
    assert _after_a_find().is_find_due(STILL, [card], 10.2)


def test_something_new_in_the_frame_is_found_soon() -> None:
    changed = Shrunk.of(frame((1, at(320, 180)), (2, at(540, 180))))
    assert _after_a_find().is_find_due(changed, [_calm()], 10.2)
    assert not _after_a_find().is_find_due(STILL, [_calm()], 10.2)


def test_a_card_that_moves_is_nothing_new_where_it_is_followed() -> None:
    moved = Shrunk.of(frame((1, at(328, 183))))
    card = track(1, seen=10.2, quad=at(326, 182, 140))
    assert not _after_a_find().is_find_due(moved, [card], 10.2)


def test_a_slow_detector_is_given_a_frame_to_rest() -> None:
    unsure = track(1, seen=10.3, chance=0.5)
    schedule = _after_a_find(cost=0.4)
    assert not schedule.is_find_due(STILL, [unsure], 10.4)
    assert schedule.is_find_due(STILL, [unsure], 10.5)


def test_a_frame_of_another_size_is_searched_anew() -> None:
    other = Shrunk.of(np.zeros((480, 640, 3), np.uint8))
    assert _after_a_find().is_find_due(other, [], 10.01)


def test_doubtful_cards_are_looked_at_often_settled_ones_seldom() -> None:
    schedule = Schedule(PACE)
    doubtful, settled = track(1, seen=5.0, chance=0.5), track(2, seen=5.0)
    doubtful.last_look = settled.last_look = 4.8
    assert schedule.due_to_look([doubtful, settled], 5.0) == [doubtful]
    settled.last_look = 4.0
    assert schedule.due_to_look([doubtful, settled], 5.0) == [settled, doubtful]


def test_no_more_are_looked_at_in_one_frame_than_it_has_time_for() -> None:
    cards = [track(number, seen=5.0) for number in range(1, 5)]
    assert len(Schedule(PACE).due_to_look(cards, 5.0)) == 2


def test_a_card_that_is_not_where_it_was_supposed_is_not_looked_at() -> None:
    assert Schedule(PACE).due_to_look([track(1, seen=4.9)], 5.0) == []


def test_a_card_is_read_when_it_lies_still_and_was_not_just_read() -> None:
    card = track(1, seen=5.0)
    assert Schedule(PACE).is_reading_due(card, 5.0)
    card.speed = 500j
    assert not Schedule(PACE).is_reading_due(card, 5.0)
    card.speed, card.last_reading = 0j, 4.9
    assert not Schedule(PACE).is_reading_due(card, 5.0)
