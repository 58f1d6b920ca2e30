"""Where frames come from: a camera, the Raspberry Pi's camera, a video, a stream, or a folder that photos fall into.

`open_camera` tells them apart by what the user wrote. A camera gives `Frame`s; those that never stop are read through
`latest.Latest`, which keeps the newest frame only: what comes while the last one is being looked at is dropped.
"""

from cardlens.cameras.camera import Camera, CameraLost, Frame, NoCamera
from cardlens.cameras.choice import open_camera
from cardlens.cameras.hot_folder import HotFolder

__all__ = ["Camera", "CameraLost", "Frame", "HotFolder", "NoCamera", "open_camera"]
