from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from cardlens.cameras import CameraLost, Frame
from cardlens.cameras.latest import Latest


class _Steps:
    """A camera that gives a frame each time it is let; `fault` is raised after the last."""

    name, endless = "steps", True

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self._count, self._fault = count, fault
        self.go = threading.Semaphore(0)
        self.given = threading.Semaphore(0)
        self.closed = threading.Event()

    def frames(self) -> Iterator[Frame]:
        for number in range(self._count):
            self.go.acquire()
            yield Frame(np.zeros((2, 2, 3), np.uint8), float(number))
            self.given.release()
        if self._fault is not None:
            raise self._fault

    def close(self) -> None:
        self.closed.set()


def _let(camera: _Steps, count: int) -> None:
    """Let the camera give frames, and wait until it has."""
    for _ in range(count):
        camera.go.release()
        assert camera.given.acquire(timeout=10)


def test_frames_that_come_while_one_is_looked_at_are_dropped() -> None:
    camera = _Steps(6)
    latest = Latest(camera)
    _let(camera, 1)
    frames = latest.frames()
    assert next(frames).seconds == 0
    _let(camera, 5)
    assert next(frames).seconds == 5
    assert latest.dropped == 4
    assert list(frames) == []
    assert camera.closed.wait(10)


def test_what_the_camera_raises_is_raised_where_frames_are_asked_for() -> None:
    camera = _Steps(1, CameraLost("steps: gone"))
    latest = Latest(camera)
    _let(camera, 1)
    frames = latest.frames()
    next(frames)
    with pytest.raises(CameraLost, match="steps: gone"):
        next(frames)
    assert camera.closed.wait(10)


def test_when_it_is_enough_nothing_more_is_waited_for() -> None:
    camera = _Steps(1)
    latest = Latest(camera)
    assert list(latest.frames(lambda: True)) == []
    camera.go.release()
    latest.close()
    assert camera.closed.wait(10)


def test_a_camera_that_gives_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.cameras.latest._PATIENCE", 0.0)
    camera = _Steps(1)
    latest = Latest(camera)
    with pytest.raises(CameraLost, match="steps: gave no frame for 0 seconds"):
        next(latest.frames())
    camera.go.release()
    latest.close()
