from __future__ import annotations

import pytest

from cardlens.live.clock import LONGEST_STEP, SessionClock


def test_where_frames_come_often_it_runs_like_the_camera_s() -> None:
    clock = SessionClock()
    assert [clock.tick(seconds) for seconds in (7.0, 7.1, 7.25)] == pytest.approx([0.0, 0.1, 0.25])
    assert clock.on_camera(0.1) == pytest.approx(7.1)


def test_where_they_are_far_apart_it_runs_slower() -> None:
    clock = SessionClock()
    assert [clock.tick(seconds) for seconds in (7.0, 9.0, 9.1)] == pytest.approx(
        [0.0, LONGEST_STEP, LONGEST_STEP + 0.1]
    )
    assert clock.on_camera(LONGEST_STEP + 0.1) == pytest.approx(9.1)


def test_it_never_goes_back() -> None:
    clock = SessionClock()
    times = [clock.tick(seconds) for seconds in (7.0, 6.0, 5.0, 7.1)]
    assert times == pytest.approx([0.0, 0.0, 0.0, 0.1])
    assert clock.on_camera(times[-1]) == pytest.approx(7.1)
