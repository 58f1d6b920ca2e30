"""A session's own clock: where frames are far apart, it runs slower than the camera's."""

from __future__ import annotations

import numpy as np

# seconds between two frames at most: a card is shown for longer than that after it was last seen, and remembered for
# several such steps, so that one which was not looked for is not taken for gone
LONGEST_STEP = 0.2


class SessionClock:
    """Counts what happens between frames, however long they are apart: on a slow computer, a slow stream."""

    def __init__(self) -> None:
        self._camera, self._now = -np.inf, 0.0

    def tick(self, camera: float) -> float:
        """A frame taken at `camera` seconds has come; gives the time of the session, which never goes back."""
        if np.isfinite(self._camera):
            self._now += min(max(camera - self._camera, 0.0), LONGEST_STEP)
        self._camera = max(camera, self._camera)
        return self._now

    def on_camera(self, seconds: float) -> float:
        """What the camera's clock showed at a time of the session; later than that, where frames were far apart."""
        return self._camera - (self._now - seconds)
