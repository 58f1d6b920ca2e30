from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.cameras import CameraLost, NoCamera
from cardlens.cameras.opencv import Stream, Video, Webcam, without_secrets
from cardlens.runtimes.base import Bytes
from tests.cameras.video_files import RATE, write_video


def test_a_video_gives_every_frame_in_rgb_with_its_time(tmp_path: Path) -> None:
    video = Video(write_video(tmp_path / "v.mp4", 12))
    frames = list(video.frames())
    video.close()
    assert len(frames) == 12
    assert frames[0].pixels.shape == (64, 96, 3)
    reds = [float(frame.pixels[:, 60:, 0].mean()) for frame in frames]
    assert reds[-1] > reds[0] + 150
    assert frames[-1].pixels[:, :40, 1].mean() > 150
    assert np.allclose(np.diff([frame.seconds for frame in frames]), 1 / RATE, atol=0.01)


def test_a_file_that_is_no_video_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_bytes(b"nonsense" * 500)
    with pytest.raises(NoCamera, match=r"v\.mp4: not a video that can be read; convert it") as raised:
        Video(tmp_path / "v.mp4")
    assert "\n" not in str(raised.value)


def test_a_video_cut_short_gives_what_there_is_and_says_so(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "v.mp4", 60).read_bytes()
    # the index stands at the end of the file: what is damaged are the pictures in between
    start = whole.index(b"mdat") + 4
    half = start + (whole.index(b"moov") - start) // 2
    damaged = whole[:half] + bytes(whole.index(b"moov") - half) + whole[whole.index(b"moov") :]
    (tmp_path / "v.mp4").write_bytes(damaged)
    video = Video(tmp_path / "v.mp4")
    with pytest.raises(CameraLost, match=r"damaged after frame \d+ of 60"):
        list(video.frames())
    video.close()


def test_a_camera_that_is_not_there_is_one_line() -> None:
    with pytest.raises(NoCamera, match="camera 87: no such camera"):
        Webcam(87)


def test_a_stream_that_does_not_answer_is_one_line_without_its_password() -> None:
    with pytest.raises(NoCamera, match=r"^rtsp://127\.0\.0\.1:9/door: gives no video") as raised:
        Stream("rtsp://me:secret@127.0.0.1:9/door?token=secret")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://a:b@host:554/one?x=y#z", "rtsp://host:554/one"),
        ("http://host/video", "http://host/video"),
        ("http://a@b@host/", "http://host/"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


class _Failing:
    """A capture that gives two frames and then none: unplugged."""

    def __init__(self) -> None:
        self.left = 2

    def read(self) -> tuple[bool, Bytes | None]:
        self.left -= 1
        return (True, np.zeros((4, 4, 3), np.uint8)) if self.left >= 0 else (False, None)

    def release(self) -> None:
        self.left = 0


def test_an_unplugged_camera_is_told_after_its_last_frame() -> None:
    webcam = Webcam.__new__(Webcam)
    webcam.name, webcam._capture = "camera 0", _Failing()  # type: ignore[assignment]
    frames = webcam.frames()
    assert next(frames).pixels.shape == (4, 4, 3)
    next(frames)
    with pytest.raises(CameraLost, match="camera 0: gives no more frames; was it unplugged"):
        next(frames)
    webcam.close()
