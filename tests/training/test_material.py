from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.training.material import open_material


def test_held_out_sets_are_not_learnt_from_and_unnamed_faces_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number, file in enumerate(
        ["scans/base1-4.webp", "scans/base1-98.webp", "scans/base2-1.webp", "unnamed/7.webp", "backgrounds/wood.jpg"]
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        noise = random.integers(0, 256, (7, 5, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((240, 336)).save(tmp_path / file, quality=60 + number)
    material = open_material(tmp_path, tmp_path / "cache")
    assert set(material.scans.rows) <= {"base1-4", "base1-98", "unnamed-7"}
    assert "unnamed-7" in material.scans.rows
    assert len(material.pictures) >= len(material.scans)
    assert len(material.grounds) == 1
