from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from cardlens.cameras import CameraLost, NoCamera, open_camera
from cardlens.errors import MissingExtra
from tests.cameras.stand_in_picamera2 import Picamera2, picamera2

__all__ = ["picamera2"]


def test_frames_are_turned_from_bgr_to_rgb(picamera2: type[Picamera2]) -> None:
    red_in_memory = np.zeros((720, 1280, 3), np.uint8)
    red_in_memory[:, :, 2] = 255
    picamera2.frames = [red_in_memory]
    camera = open_camera("pi")
    frame = next(iter(camera.frames()))
    assert frame.pixels[0, 0].tolist() == [255, 0, 0]
    assert frame.pixels.flags.c_contiguous
    camera.close()


def test_it_is_configured_before_it_is_started_and_stopped_before_it_is_closed(picamera2: type[Picamera2]) -> None:
    camera = open_camera("pi")
    opened = picamera2.opened[0]
    assert opened.started
    assert opened.camera_config == {"main": {"size": (1280, 720), "format": "RGB888"}, "queue": False}
    assert opened.controls == {"AfMode": 2}
    camera.close()
    camera.close()
    assert opened.closed


def test_a_camera_that_stops_giving_frames_is_lost(picamera2: type[Picamera2]) -> None:
    picamera2.frames = [np.zeros((720, 1280, 3), np.uint8)]
    frames = open_camera("pi0").frames()
    next(frames)
    with pytest.raises(CameraLost, match="Raspberry Pi camera 0: gives no more frames; check its cable"):
        next(frames)


def test_no_camera_on_the_cable_is_one_line(picamera2: type[Picamera2]) -> None:
    picamera2.cameras = []
    with pytest.raises(NoCamera, match="Raspberry Pi camera 0: not found; check its cable"):
        open_camera("pi")


def test_a_second_camera_is_asked_for_by_number(picamera2: type[Picamera2]) -> None:
    with pytest.raises(NoCamera, match="Raspberry Pi camera 1: not found"):
        open_camera("pi1")


def test_a_camera_in_use_is_one_line(picamera2: type[Picamera2]) -> None:
    picamera2.busy = True
    with pytest.raises(NoCamera, match=r"cannot be started .*close other programs"):
        open_camera("pi")


def test_without_picamera2_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(MissingExtra, match="sudo apt install python3-picamera2"):
        open_camera("pi")


def test_a_picamera2_for_another_numpy_is_one_line_with_the_next_step(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = "numpy.dtype size changed, may indicate binary incompatibility"
    (tmp_path / "picamera2.py").write_text(f"raise ValueError({said!r})\n", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "picamera2", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        MissingExtra, match=r"built for another NumPy .*trixie, .*--force-reinstall --no-deps simplejpeg"
    ):
        open_camera("pi")
