"""Webcams, videos and network streams, through OpenCV."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from cardlens.cameras.camera import HIGH, WIDE, CameraLost, Frame, NoCamera
from cardlens.errors import MissingExtra
from cardlens.runtimes.base import Bytes

try:
    import cv2
except ImportError as error:
    raise MissingExtra(
        "cameras and videos need OpenCV, not installed here; run: pip install 'cardlens[serve]'"
    ) from error

# a stream that does not answer, in milliseconds
_OPEN_PATIENCE, _READ_PATIENCE = 8_000, 8_000
# a webcam may miss a frame or two
_MISSES = 5
# a video of which this share was read may end short of what its header says
_NEARLY_ALL = 0.9


class Webcam:
    """A camera of this computer, by number."""

    endless = True

    def __init__(self, number: int) -> None:
        """Open it at 1280 x 720, or what it has; raises `NoCamera`."""
        _be_quiet()
        self.name = f"camera {number}"
        self._capture = cv2.VideoCapture(number)
        if not self._capture.isOpened():
            raise NoCamera(
                f"{self.name}: no such camera, or another program uses it; plug one in, close that program, "
                "or name another with --camera"
            )
        # compressed by the camera: raw frames of this size come ten times a second over USB 2
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, WIDE)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, HIGH)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)

    def frames(self) -> Iterator[Frame]:
        """Every frame as it comes."""
        return _endless(self._capture, self.name, "was it unplugged? plug it in and start again")

    def close(self) -> None:
        """Let go of the device."""
        self._capture.release()


class Stream:
    """A camera in the network: rtsp:// or http://."""

    endless = True

    def __init__(self, url: str) -> None:
        """Connect; raises `NoCamera`. A password in the URL is in no message."""
        _be_quiet()
        self.name = without_secrets(url)
        patience = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _OPEN_PATIENCE, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _READ_PATIENCE]
        self._capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, patience)
        if not self._capture.isOpened():
            raise NoCamera(f"{self.name}: gives no video; check the address, and that the camera is on")

    def frames(self) -> Iterator[Frame]:
        """Every frame as it comes."""
        return _endless(self._capture, self.name, "check the network and the camera, and start again")

    def close(self) -> None:
        """Disconnect."""
        self._capture.release()


class Video:
    """A video file: every frame, as fast as it is asked for, timed as it was taken."""

    endless = False

    def __init__(self, file: Path) -> None:
        """Open it; raises `NoCamera`."""
        _be_quiet()
        self.name = str(file)
        self._capture = cv2.VideoCapture(self.name, cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise NoCamera(f"{self.name}: not a video that can be read; convert it to MP4 (H.264)")
        self._rate = self._capture.get(cv2.CAP_PROP_FPS) or 30.0
        self._count = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))

    def frames(self) -> Iterator[Frame]:
        """Every frame; raises `CameraLost` where the file is damaged, after what could be read."""
        number, seconds = 0, -1.0
        while True:
            there, pixels = self._capture.read()
            if not there:
                break
            said = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # many containers have no times, or wrong ones
            seconds = said if said > seconds else max(seconds, 0.0) + 1 / self._rate
            number += 1
            yield Frame(_rgb(pixels), seconds)
        if number < self._count * _NEARLY_ALL:
            raise CameraLost(
                f"{self.name}: damaged after frame {number} of {self._count}; what came before was used: "
                "copy or export the video again for the rest"
            )

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


def without_secrets(url: str) -> str:
    """The address without user, password and query: they may hold secrets."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _endless(capture: cv2.VideoCapture, name: str, advice: str) -> Iterator[Frame]:
    misses = 0
    while misses < _MISSES:
        there, pixels = capture.read()
        if there:
            misses = 0
            yield Frame(_rgb(pixels), time.monotonic())
        else:
            misses += 1
    raise CameraLost(f"{name}: gives no more frames; {advice}")


def _rgb(bgr: cv2.typing.MatLike) -> Bytes:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


def _be_quiet() -> None:
    """OpenCV and its decoders tell of what they tried on standard error: our one line is enough."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
