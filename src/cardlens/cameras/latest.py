"""The newest frame only: what comes while the last one is being looked at is dropped, never queued."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from cardlens.cameras.camera import Camera, CameraLost, Frame

# a camera that gives nothing for so long is lost, in seconds; webcams take some to wake
_PATIENCE = 20.0
_STOPPING = 2.0
# between two looks at whether it is enough, in seconds
_AT_ONCE = 0.2


class Latest:
    """Reads a camera in a thread of its own, which also closes it: a device is not let go of while it is being read."""

    def __init__(self, camera: Camera) -> None:
        """Begin to read."""
        self.name, self.dropped = camera.name, 0
        self._camera = camera
        self._newest: Frame | None = None
        self._error: Exception | None = None
        self._ended = False
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"frames of {camera.name}", daemon=True)
        self._thread.start()

    def frames(self, enough: Callable[[], bool] = lambda: False) -> Iterator[Frame]:
        """Wait for the newest frame, again and again, until it is `enough`; raises what the camera raised."""
        asked = time.monotonic()
        while not self._stop.is_set() and not enough():
            with self._changed:
                self._changed.wait_for(lambda: self._newest is not None or self._ended, _AT_ONCE)
                frame, self._newest = self._newest, None
                error, ended = self._error, self._ended
            if frame is not None:
                yield frame
                asked = time.monotonic()
            elif error is not None:
                raise error
            elif ended:
                return
            elif time.monotonic() - asked > _PATIENCE:
                raise CameraLost(f"{self.name}: gave no frame for {_PATIENCE:.0f} seconds; check it and start again")

    def close(self) -> None:
        """Stop reading; the thread closes the camera when the frame that it waits for has come."""
        self._stop.set()
        self._thread.join(_STOPPING)

    def _read(self) -> None:
        try:
            for frame in self._camera.frames():
                if self._stop.is_set():
                    break
                self._put(frame)
        except Exception as error:  # it is raised where the frames are asked for
            self._error = error
        finally:
            self._camera.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, frame: Frame) -> None:
        with self._changed:
            self.dropped += self._newest is not None
            self._newest = frame
            self._changed.notify_all()
