"""A stand-in for Picamera2 that keeps its rules: sizes even, configure before start, stop before close, BGR in memory.

After picamera2/picamera2.py of https://github.com/raspberrypi/picamera2: what it refuses is refused here.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest


class Picamera2:
    """One camera; `frames` are given one after the other, then none come."""

    cameras: ClassVar[list[dict[str, Any]]] = [{"Model": "imx708", "Num": 0}]
    frames: ClassVar[list[npt.NDArray[np.uint8]]] = []
    busy: ClassVar[bool] = False
    opened: ClassVar[list[Picamera2]] = []

    def __init__(self, camera_num: int = 0) -> None:
        if type(self).busy:
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.camera_config: dict[str, Any] | None = None
        self.started = self.closed = False
        self.controls: dict[str, Any] = {}
        self.camera_controls = {"AfMode": (0, 2, 0)}
        self._left = list(type(self).frames)
        type(self).opened.append(self)

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return Picamera2.cameras

    def create_video_configuration(
        self, main: dict[str, Any] | None = None, *, buffer_count: int = 6, queue: bool = True
    ) -> dict[str, Any]:
        return {"main": {"format": "XBGR8888", "size": (1280, 720)} | (main or {}), "queue": queue}

    def configure(self, camera_config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        size = camera_config["main"]["size"]
        if type(size) is not tuple or len(size) != 2:
            raise RuntimeError("size in main stream should be (width, height)")
        if size[0] % 2 or size[1] % 2:
            raise RuntimeError("width and height should be even")
        if camera_config["main"]["format"] not in {"RGB888", "BGR888", "XBGR8888", "XRGB8888", "YUV420"}:
            raise RuntimeError("Bad format in stream main")
        self.camera_config = camera_config

    def set_controls(self, controls: dict[str, Any]) -> None:
        unknown = set(controls) - set(self.camera_controls)
        if unknown:
            raise RuntimeError(f"Control {unknown} is not advertised by libcamera")
        self.controls |= controls

    def start(self) -> None:
        if self.camera_config is None:
            raise RuntimeError("Camera has not been configured")
        self.started = True

    def capture_array(self, name: str = "main", wait: float | None = None) -> npt.NDArray[np.uint8]:
        if not self.started:
            raise RuntimeError("Camera must be started before capturing")
        if name != "main":
            raise RuntimeError(f"Stream {name!r} is not defined")
        if not self._left:
            if wait is None:
                raise AssertionError("this would wait for ever")
            raise TimeoutError
        return self._left.pop(0)

    def stop(self) -> None:
        self.started = False

    def close(self) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before it is closed")
        self.closed = True


@pytest.fixture
def picamera2(monkeypatch: pytest.MonkeyPatch) -> type[Picamera2]:
    """Install the stand-in as the modules picamera2 and libcamera."""
    module, libcamera = ModuleType("picamera2"), ModuleType("libcamera")
    module.Picamera2 = Picamera2  # type: ignore[attr-defined]
    libcamera.controls = SimpleNamespace(AfModeEnum=SimpleNamespace(Continuous=2))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    monkeypatch.setitem(sys.modules, "libcamera", libcamera)
    monkeypatch.setattr(Picamera2, "cameras", [{"Model": "imx708", "Num": 0}])
    monkeypatch.setattr(Picamera2, "frames", [])
    monkeypatch.setattr(Picamera2, "busy", False)
    monkeypatch.setattr(Picamera2, "opened", [])
    return Picamera2
