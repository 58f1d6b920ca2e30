"""From what the user wrote to a camera."""

from __future__ import annotations

import re
from pathlib import Path

from cardlens.cameras.camera import Camera, NoCamera

_PI = re.compile(r"pi(\d?)")
_WEBCAM = re.compile(r"(?:/dev/video)?(\d{1,3})")
_SCHEMES = ("rtsp", "rtsps", "http", "https")


def open_camera(what: str) -> Camera:
    """Open `0` (a webcam), `pi`, a URL or a video file.

    Raises:
        NoCamera: there is none, or it cannot be opened.
        MissingExtra: what it needs is not installed.
    """
    if pi := _PI.fullmatch(what):
        from cardlens.cameras.pi import PiCamera  # noqa: PLC0415 (each camera loads what it needs, when it is asked for)

        return PiCamera(int(pi[1] or 0))
    from cardlens.cameras.opencv import Stream, Video, Webcam, without_secrets  # noqa: PLC0415

    if webcam := _WEBCAM.fullmatch(what):
        return Webcam(int(webcam[1]))
    if "://" in what:
        if what.partition("://")[0].lower() not in _SCHEMES:
            raise NoCamera(f"{without_secrets(what)}: not an address of a camera; give one with rtsp:// or http://")
        return Stream(what)
    if not Path(what).is_file():
        raise NoCamera(
            f"{what}: no such video or folder; name one, or a camera: 0 for the first webcam, pi, or an rtsp:// address"
        )
    return Video(Path(what))
