"""The Raspberry Pi's own camera, through Picamera2.

Not run on the hardware: tested against a stand-in that keeps Picamera2's rules.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from cardlens.cameras.camera import HIGH, WIDE, CameraLost, Frame, NoCamera
from cardlens.errors import MissingExtra

# a frame that does not come, in seconds: libcamera itself gives up after one
_PATIENCE = 5.0


class PiCamera:
    """A camera on the ribbon cable."""

    endless = True

    def __init__(self, number: int = 0) -> None:
        """Open and start it at 1280 x 720; raises `NoCamera`, or `MissingExtra` where there is no Picamera2."""
        self.name = f"Raspberry Pi camera {number}"
        self._camera: Any = None
        picamera2 = _picamera2()
        if len(picamera2.global_camera_info()) <= number:
            raise NoCamera(
                f"{self.name}: not found; check its cable with the power off, then try: rpicam-hello --list-cameras"
            )
        try:
            self._camera = picamera2(number)
            self._start()
        except (RuntimeError, IndexError) as error:  # what Picamera2 raises where another program holds the camera
            self.close()
            raise NoCamera(
                f"{self.name}: cannot be started ({error}); close other programs that use it and start again"
            ) from error

    def _start(self) -> None:
        # queue=False: a frame that was taken after it was asked for, not one that has been waiting
        wanted = self._camera.create_video_configuration(main={"size": (WIDE, HIGH), "format": "RGB888"}, queue=False)
        self._camera.configure(wanted)
        if "AfMode" in self._camera.camera_controls:  # Camera Module 3
            controls = import_module("libcamera").controls  # comes with Picamera2
            self._camera.set_controls({"AfMode": controls.AfModeEnum.Continuous})
        self._camera.start()

    def frames(self) -> Iterator[Frame]:
        """Every frame as it comes."""
        while self._camera is not None:
            try:
                bgr = self._camera.capture_array("main", wait=_PATIENCE)
            except (TimeoutError, RuntimeError) as error:
                raise CameraLost(
                    f"{self.name}: gives no more frames; check its cable with the power off, and start again"
                ) from error
            # Picamera2's "RGB888" is blue, green, red in memory
            yield Frame(np.ascontiguousarray(bgr[:, :, ::-1]), time.monotonic())

    def close(self) -> None:
        """Stop it and let go of it."""
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.stop()
            camera.close()


def _picamera2() -> Any:
    """The class, from a system package that only Raspberry Pis have."""
    try:
        return import_module("picamera2").Picamera2
    except ImportError as error:
        raise MissingExtra(
            "camera pi: needs Picamera2, not found here; on a Raspberry Pi run: sudo apt install python3-picamera2, "
            "and make the environment with: python3 -m venv --system-site-packages"
        ) from error
    except ValueError as error:  # "numpy.dtype size changed": simplejpeg of Debian 12 was built for NumPy 1
        raise MissingExtra(
            f"camera pi: the system's Picamera2 was built for another NumPy than this environment has ({error}); "
            "use Raspberry Pi OS trixie, or replace the part: "
            f"{sys.executable} -m pip install --force-reinstall --no-deps simplejpeg"
        ) from error
