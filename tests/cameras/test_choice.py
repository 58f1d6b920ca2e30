from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.cameras import NoCamera, open_camera
from tests.cameras.video_files import write_video


def test_a_file_is_a_video(tmp_path: Path) -> None:
    camera = open_camera(str(write_video(tmp_path / "v.mp4", 3)))
    assert not camera.endless
    assert len(list(camera.frames())) == 3
    camera.close()


@pytest.mark.parametrize("number", ["91", "/dev/video91"])
def test_a_number_or_a_device_is_a_webcam(number: str) -> None:
    with pytest.raises(NoCamera, match=r"^camera 91: no such camera"):
        open_camera(number)


def test_an_address_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(NoCamera, match=r"^ftp://host/x: not an address of a camera"):
        open_camera("ftp://me:secret@host/x")


def test_a_file_that_is_not_there_is_one_line() -> None:
    with pytest.raises(NoCamera, match=r"^holiday\.mp4: no such video or folder; name one, or a camera"):
        open_camera("holiday.mp4")
