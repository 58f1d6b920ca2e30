from __future__ import annotations

from cardlens.recognition.tracker_match import alike, pairs
from tests.recognition.moving_card import at


def test_each_card_is_paired_with_the_one_that_it_overlaps_most() -> None:
    expected, found = [at(100, 180), at(300, 180), at(500, 180)], [at(505, 182), at(104, 178)]
    assert sorted(pairs(expected, found)) == [(0, 1), (2, 0)]


def test_no_card_is_paired_twice() -> None:
    assert len(pairs([at(300, 180)], [at(302, 180), at(298, 180)])) == 1


def test_a_small_card_that_moved_by_more_than_its_overlap_is_still_the_same() -> None:
    assert 0 < alike(at(100, 100, 40), at(100, 124, 40)) < 1


def test_cards_of_different_size_that_hardly_overlap_are_two() -> None:
    assert alike(at(100, 100, 30), at(130, 100, 120)) == 0


def test_far_cards_are_two() -> None:
    assert alike(at(100, 100), at(500, 100)) == 0
