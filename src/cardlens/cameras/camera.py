"""The promise of a camera, in our own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cardlens.errors import CardlensError
from cardlens.runtimes.base import Bytes

WIDE, HIGH = 1280, 720


class NoCamera(CardlensError):
    """A camera, video or stream that cannot be opened."""


class CameraLost(CardlensError):
    """A camera or stream that stopped giving frames, or a video that is damaged."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture: `pixels` (H, W, 3) uint8 RGB, taken at `seconds` on the camera's own clock."""

    pixels: Bytes
    seconds: float


class Camera(Protocol):
    """Gives frames until it is closed.

    Attributes:
        name: what to call it in messages, without secrets.
        endless: whether it goes on by itself; a video waits until it is asked.
    """

    name: str
    endless: bool

    def frames(self) -> Iterator[Frame]:
        """Give every frame in turn; ends where a video does. Raises `CameraLost`."""
        ...

    def close(self) -> None:
        """Let go of the device; may be called twice, and while another thread waits for a frame."""
        ...
