from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cardlens.recognition.tracker_follow import Shrunk, follow, resemblance, template
from cardlens.runtimes.base import Bytes
from tests.recognition.moving_card import at, frame


def test_a_frame_is_shrunk_by_whole_numbers_to_two_sizes() -> None:
    shrunk = Shrunk.of(np.zeros((720, 1280, 3), np.uint8))
    assert [level.shape for level in shrunk.levels] == [(180, 320), (90, 160)]
    assert shrunk.scales == (4.0, 8.0)
    assert shrunk.size == (1280, 720)


@settings(max_examples=15)
@given(some.floats(-9, 9), some.floats(-9, 9), some.floats(-0.06, 0.06), some.floats(0.96, 1.04))
def test_a_card_is_followed_to_within_two_pixels(x: float, y: float, angle: float, zoom: float) -> None:
    remembered = template(Shrunk.of(frame((1, at(320, 180)))), at(320, 180))
    there = at(320 + x, 180 + y, 130 * zoom, angle)
    followed = follow([remembered], Shrunk.of(frame((1, there))), [0j])[0]
    assert np.abs(followed.quad - there).max() < 2
    assert followed.likeness > 0.8


def test_a_supposed_shift_lets_a_fast_card_be_followed() -> None:
    remembered = template(Shrunk.of(frame((1, at(200, 180)))), at(200, 180))
    there = at(290, 180)
    followed = follow([remembered], Shrunk.of(frame((1, there))), [85 + 0j])[0]
    assert np.abs(followed.quad - there).max() < 2


def test_light_that_changes_does_not_matter() -> None:
    remembered = template(Shrunk.of(frame((1, at(320, 180)))), at(320, 180))
    darker = (frame((1, at(323, 181))) * 0.5).astype(np.uint8)
    followed = follow([remembered], Shrunk.of(darker), [0j])[0]
    assert np.abs(followed.quad - at(323, 181)).max() < 2


@pytest.mark.parametrize("now", [frame(), frame((2, at(320, 180)))], ids=["nothing", "another card"])
def test_what_is_no_longer_there_is_not_alike(now: Bytes) -> None:
    remembered = template(Shrunk.of(frame((1, at(320, 180)))), at(320, 180))
    assert follow([remembered], Shrunk.of(now), [0j])[0].likeness < 0.6


def test_a_card_out_of_the_frame_is_not_alike() -> None:
    remembered = template(Shrunk.of(frame((1, at(320, 180)))), at(320, 180))
    followed = follow([remembered], Shrunk.of(frame()), [900 + 0j])[0]
    assert followed.likeness == 0
    assert np.isfinite(followed.quad).all()


def test_several_are_followed_at_once_each_its_own_way() -> None:
    before, after = [at(150, 180), at(450, 180)], [at(156, 177), at(444, 184)]
    shrunk = Shrunk.of(frame((1, before[0]), (2, before[1])))
    remembered = [template(shrunk, quad) for quad in before]
    followed = follow(remembered, Shrunk.of(frame((1, after[0]), (2, after[1]))), [0j, 0j])
    assert np.abs(np.stack([one.quad for one in followed]) - np.stack(after)).max() < 2


def test_nothing_to_follow_is_nothing_followed() -> None:
    assert follow([], Shrunk.of(frame()), []) == []


def test_a_card_resembles_itself_elsewhere_and_no_other() -> None:
    one = template(Shrunk.of(frame((1, at(200, 180)))), at(200, 180))
    moved = template(Shrunk.of(frame((1, at(400, 170, 140)))), at(401, 169, 140))
    other = template(Shrunk.of(frame((2, at(200, 180)))), at(200, 180))
    assert resemblance(one, moved) > 0.7
    assert resemblance(one, other) < 0.5
