from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.detector import Found
from cardlens.recognition.quad import Points
from cardlens.recognition.tracker import Track, Tracker, turn_around
from cardlens.recognition.tracker_follow import Shrunk, template
from tests.recognition.moving_card import at, frame


def see(tracker: Tracker, seconds: float, *cards: tuple[int, Points], found: bool = True) -> list[Track]:
    """One frame: follow, and find what is there."""
    shrunk = Shrunk.of(frame(*cards))
    tracker.follow(shrunk, seconds)
    if found:
        tracker.update([Found(quad, 0.9) for _, quad in cards], shrunk, seconds)
    tracker.forget(seconds)
    return tracker.in_view(seconds)


def test_a_card_that_moves_stays_one_card() -> None:
    tracker = Tracker()
    numbers = {see(tracker, 0.1 * step, (1, at(200 + 12 * step, 180)))[0].number for step in range(15)}
    assert numbers == {1}


def test_between_two_finds_a_card_is_followed_by_its_picture() -> None:
    tracker = Tracker()
    see(tracker, 0.0, (1, at(300, 180)))
    for step in range(1, 6):
        tracks = see(tracker, step / 30, (1, at(300 + 4 * step, 180 - 2 * step)), found=False)
    assert np.abs(tracks[0].quad - at(320, 170)).max() < 2
    assert abs(tracks[0].speed - (120 - 60j)) < 30


def test_two_cards_beside_each_other_stay_two() -> None:
    tracker = Tracker()
    for step in range(8):
        tracks = see(tracker, 0.1 * step, (1, at(200 + 5 * step, 180)), (2, at(420 - 5 * step, 180)))
    assert [track.number for track in tracks] == [1, 2]


def test_a_card_covered_for_a_moment_comes_back_as_itself() -> None:
    tracker = Tracker(memory=1.0)
    see(tracker, 0.0, (1, at(320, 180)))
    assert see(tracker, 0.5) == []
    assert [track.number for track in see(tracker, 0.8, (1, at(325, 182)))] == [1]


def test_a_card_that_does_not_come_back_is_forgotten() -> None:
    tracker = Tracker(memory=1.0)
    see(tracker, 0.0, (1, at(320, 180)))
    see(tracker, 1.5)
    assert tracker.tracks == []
    assert [track.number for track in see(tracker, 1.6, (1, at(320, 180)))] == [2]


def test_a_missed_find_does_not_make_a_card_vanish() -> None:
    tracker = Tracker()
    see(tracker, 0.0, (1, at(320, 180)))
    shrunk = Shrunk.of(frame((1, at(320, 180))))
    tracker.follow(shrunk, 0.1)
    tracker.update([], shrunk, 0.1)
    assert [track.number for track in tracker.in_view(0.1)] == [1]


def test_a_card_pushed_over_the_edge_has_left() -> None:
    tracker = Tracker()
    for step in range(4):
        track = see(tracker, 0.1 * step, (1, at(480 + 50 * step, 180)))[0]
    see(tracker, 0.6)
    assert track.left


def test_a_card_found_twice_in_one_frame_is_one() -> None:
    tracker = Tracker()
    see(tracker, 0.0, (1, at(320, 180)))
    shrunk = Shrunk.of(frame((1, at(320, 180))))
    tracker.update([Found(at(320, 180), 0.9), Found(at(335, 185, 120), 0.4)], shrunk, 0.1)
    assert len(tracker.tracks) == 1


def test_which_way_up_a_card_lies_is_remembered_once_it_is_named() -> None:
    tracker = Tracker()
    track = see(tracker, 0.0, (1, at(320, 180)))[0]
    shrunk = Shrunk.of(frame((1, at(320, 180))))
    tracker.update([Found(np.roll(at(320, 180), 2, axis=0), 0.9)], shrunk, 0.1)
    assert np.array_equal(track.quad, np.roll(at(320, 180), 2, axis=0))
    track.evidence.settled = ("demo-1",)
    tracker.update([Found(at(320, 180), 0.9)], shrunk, 0.2)
    assert np.array_equal(track.quad, np.roll(at(320, 180), 2, axis=0))
    turn_around(track, shrunk)
    assert np.array_equal(track.quad, at(320, 180))


def test_another_card_in_its_place_is_another_track() -> None:
    tracker = Tracker()
    track = see(tracker, 0.0, (1, at(320, 180)))[0]
    shrunk = Shrunk.of(frame((2, at(320, 180))))
    other = tracker.replace(track, shrunk, 0.5)
    assert tracker.in_view(0.5) == [other]
    assert other.number == 2
    tracker.resume(track, other, shrunk, 1.0)
    assert tracker.in_view(1.0) == [track]


def test_a_card_that_is_being_laid_on_another_lies_upon_it_and_none_beside_it() -> None:
    tracker = Tracker()
    for step in range(4):
        see(tracker, 0.1 * step, (1, at(320, 180)), (2, at(100 + 50 * step, 180)), (3, at(540, 180)))
    lying, coming, beside = tracker.tracks
    assert tracker.upon(lying, 0.3) == [coming]
    assert tracker.upon(beside, 0.3) == []


@pytest.mark.parametrize("quad", [at(-40, 180), at(320, 420)])
def test_a_card_mostly_out_of_the_frame_is_not_begun(quad: Points) -> None:
    tracker = Tracker()
    tracker.update([Found(quad, 0.9)], Shrunk.of(frame()), 0.0)
    assert tracker.tracks == []


def test_a_card_that_looks_otherwise_than_before_has_to_prove_itself() -> None:
    tracker = Tracker()
    track = see(tracker, 0.0, (1, at(320, 180)))[0]
    see(tracker, 0.1, (1, at(322, 181)))
    assert not track.unproven
    see(tracker, 0.2, (2, at(322, 181)))
    assert track.unproven


def test_a_card_that_races_on_is_found_where_it_was_going() -> None:
    tracker = Tracker()
    for step in range(3):
        see(tracker, 0.1 * step, (1, at(100 + 60 * step, 180)))
    shrunk = Shrunk.of(frame((1, at(460, 180))))
    tracker.update([Found(at(460, 180), 0.9)], shrunk, 0.6)
    assert [track.number for track in tracker.in_view(0.6)] == [1]


def came(seconds: float, first: Points, now: Points) -> Track:
    """Give a card that was first found then and there, and is at `now` by now."""
    card = Track(9, first, seconds, seconds, seconds, 0.9, template(Shrunk.of(frame((1, first))), first))
    card.quad = now
    return card


@pytest.fixture
def gone() -> Track:
    """Give a card that left over the right edge; it was last seen after 0.3 s."""
    tracker = Tracker()
    for step in range(4):
        track = see(tracker, 0.1 * step, (1, at(420 + 50 * step, 180)))[0]
    see(tracker, 0.4)
    assert track.left
    return track


def test_a_card_found_again_on_its_way_out_may_be_the_one_that_left(gone: Track) -> None:
    assert came(0.45, at(590, 180), at(620, 180)).may_be(gone, memory=1.2)


def test_a_card_that_comes_in_where_another_left_is_another(gone: Track) -> None:
    assert not came(0.45, at(600, 180), at(570, 180)).may_be(gone, memory=1.2)


def test_a_card_that_comes_in_elsewhere_or_later_is_another(gone: Track) -> None:
    assert not came(0.45, at(60, 180), at(90, 180)).may_be(gone, memory=1.2)
    assert not came(0.9, at(590, 180), at(620, 180)).may_be(gone, memory=1.2)
