from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.training.simulator import contact_sheet as module
from cardlens.training.simulator.contact_sheet import write_contact_sheet
from tests.training.drawn_scans import drawn_grounds, drawn_scan


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Card data of two drawn cards; scenes are drawn at a quarter of their size."""
    monkeypatch.setattr(module, "_SIDE", 128)
    monkeypatch.setattr(module, "_CROP", 64)
    folder = tmp_path / "data"
    (folder / "scans").mkdir(parents=True)
    (folder / "backgrounds").mkdir()
    for number in (1, 2):
        Image.fromarray(drawn_scan(number)).save(folder / "scans" / f"tst-{number}.webp", quality=80)
    Image.fromarray(drawn_grounds()[0]).save(folder / "backgrounds" / "table.png")
    return folder


def test_a_sheet_shows_scenes_above_and_crops_below(data: Path, tmp_path: Path) -> None:
    write_contact_sheet(data, tmp_path / "cache", tmp_path / "sheet.png", seed=1)
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape == (3 * 128 + 2 * 64, 4 * 128, 3)
    scenes = sheet[: 3 * 128].reshape(-1, 3)
    assert (scenes == (0, 255, 0)).all(axis=1).any()
    assert (scenes == (255, 255, 0)).all(axis=1).any()


def test_the_same_seed_draws_the_same_sheet(data: Path, tmp_path: Path) -> None:
    for name in ("one.png", "other.png"):
        write_contact_sheet(data, tmp_path / "cache", tmp_path / name, seed=2)
    one, other = (np.asarray(Image.open(tmp_path / name)) for name in ("one.png", "other.png"))
    np.testing.assert_array_equal(one, other)
