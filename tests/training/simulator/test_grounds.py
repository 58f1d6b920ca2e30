from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.training.simulator.grounds import draw_ground, open_grounds
from tests.training.drawn_scans import drawn_grounds


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("high", "wide"), [(90, 60), (40, 120)])
def test_a_ground_has_the_size_asked_for_and_is_drawn_again_alike(seed: int, high: int, wide: int) -> None:
    one, other = (draw_ground(np.random.default_rng(seed), high, wide, drawn_grounds()) for _ in range(2))
    assert one.shape == (high, wide, 3)
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, other)


def test_grounds_can_be_drawn_without_any_photo() -> None:
    drawn = [draw_ground(np.random.default_rng(seed), 50, 70, []) for seed in range(20)]
    assert all(one.shape == (50, 70, 3) for one in drawn)
    assert len({one.tobytes() for one in drawn}) == 20


def test_photos_of_grounds_are_used_but_not_changed() -> None:
    photo = np.full((60, 80, 3), (1, 2, 3), np.uint8)
    drawn = [draw_ground(np.random.default_rng(seed), 30, 30, [photo]) for seed in range(40)]
    from_photo = sum((one == (1, 2, 3)).all() for one in drawn)
    assert 6 < from_photo < 30
    assert (photo == (1, 2, 3)).all()


def test_a_folder_of_pictures_is_opened_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name, value in (("b.png", 200), ("a.png", 10)):
        Image.new("RGB", (64, 48), (value, value, value)).save(tmp_path / name)
    grounds = open_grounds(tmp_path)
    assert [ground.shape for ground in grounds] == [(48, 64, 3)] * 2
    assert [int(ground[0, 0, 0]) for ground in grounds] == [10, 200]


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    Image.new("RGB", (640, 320)).save(tmp_path / "a.png")
    assert open_grounds(tmp_path, longest=100)[0].shape == (80, 160, 3)


def test_a_picture_that_is_none_is_named_and_other_files_are_let_be(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"of a desktop")
    assert open_grounds(tmp_path) == []
    (tmp_path / "table.jpg").write_text("no picture")
    with pytest.raises(UnreadablePicture, match=r"table\.jpg"):
        open_grounds(tmp_path)
    with pytest.raises(CardlensError, match="nowhere: no such folder"):
        open_grounds(tmp_path / "nowhere")
