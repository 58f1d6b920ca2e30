from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.training.dataset.detection import Faces, draw_photos, write_detection
from tests.training.drawn_scans import drawn_grounds, drawn_scans

FACES = Faces(list(drawn_scans().pixels), ["a-1", "a-2", "a-3"], drawn_grounds())


def test_photos_and_labels_of_both_kinds_belong_together(tmp_path: Path) -> None:
    write_detection(tmp_path, "train", draw_photos(FACES, range(4), 3), 4)
    names = sorted(file.stem for file in (tmp_path / "images" / "train").iterdir())
    assert (
        names
        == sorted(file.stem for file in (tmp_path / "labels" / "train").iterdir())
        == [f"{n:06d}" for n in range(4)]
    )
    record = json.loads((tmp_path / "annotations" / "train.json").read_text(encoding="utf-8"))
    for image in record["images"]:
        labels = [one for one in record["annotations"] if one["image_id"] == image["id"]]
        lines = (tmp_path / "labels" / "train" / image["file_name"]).with_suffix(".txt").read_text(encoding="utf-8")
        assert len(lines.splitlines()) == len(labels)
        assert Image.open(tmp_path / "images" / "train" / image["file_name"]).size == (image["width"], image["height"])
    assert {one["card_id"] for one in record["annotations"]} <= {"a-1", "a-2", "a-3"}
    assert record["annotations"]
    assert (tmp_path / "data.yaml").exists()


def test_the_same_seed_writes_the_same_photos(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("other", 5), ("third", 6)):
        write_detection(tmp_path / name, "val", draw_photos(FACES, range(1), seed), 1)
    one, other, third = (
        np.asarray(Image.open(tmp_path / name / "images" / "val" / "000000.jpg")) for name in ("one", "other", "third")
    )
    assert np.array_equal(one, other)
    assert not np.array_equal(one, third)
