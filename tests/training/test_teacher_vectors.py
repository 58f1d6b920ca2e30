from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.training.simulator.scans import ScanRecord, Scans
from cardlens.training.teacher_vectors import (
    BadTeacherVectors,
    TeacherIdentity,
    TeacherVectors,
    open_teacher_vectors,
    scans_digest,
    write_teacher_vectors,
)
from tests.training.drawn_scans import drawn_scans

SCANS = drawn_scans()


def made() -> TeacherVectors:
    vectors = np.random.default_rng(0).normal(size=(len(SCANS), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    identity = TeacherIdentity("vit_tiny", "ab" * 32, scans_digest(SCANS), 56)
    return TeacherVectors(identity, tuple(SCANS.records), vectors.astype(np.float16))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_teacher_vectors(tmp_path / "vectors", made())
    return tmp_path / "vectors"


def test_gives_back_what_was_written(folder: Path) -> None:
    opened = open_teacher_vectors(folder)
    assert (opened.identity, opened.records) == (made().identity, made().records)
    np.testing.assert_array_equal(opened.vectors, made().vectors)
    assert sorted(file.name for file in folder.iterdir()) == ["vectors.json", "vectors.npy"]


def test_gives_unit_vectors_of_pictures_in_the_order_asked_for(folder: Path) -> None:
    opened = open_teacher_vectors(folder)
    asked = [SCANS.records[2], SCANS.records[0], SCANS.records[2]]
    found = opened.of(asked)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, made().vectors[[2, 0, 2]].astype(np.float32), atol=2e-3)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_a_picture_that_the_teacher_has_not_seen_is_named(folder: Path) -> None:
    with pytest.raises(BadTeacherVectors, match=r"views/ja/z-1\.webp"):
        open_teacher_vectors(folder).of([ScanRecord("z-1", "ja", "views/ja/z-1.webp")])


def test_the_scans_it_saw_are_accepted_and_any_other_pixel_is_not(folder: Path) -> None:
    opened = open_teacher_vectors(folder)
    opened.check(SCANS)
    pixels = SCANS.pixels.copy()
    pixels[1, 5, 5, 0] ^= 1
    with pytest.raises(BadTeacherVectors, match="other scans"):
        opened.check(Scans(pixels, SCANS.records))


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BadTeacherVectors, match="cardlens train teacher"):
        open_teacher_vectors(tmp_path)


def _truncate(folder: Path) -> None:
    file = folder / "vectors.npy"
    file.write_bytes(file.read_bytes()[:-4])


def _flip(folder: Path) -> None:
    file = folder / "vectors.npy"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _remove(folder: Path) -> None:
    (folder / "vectors.npy").unlink()


def _no_json(folder: Path) -> None:
    (folder / "vectors.json").write_text("{", encoding="utf-8")


def _change(folder: Path, **changes: Any) -> None:
    listing = json.loads((folder / "vectors.json").read_text(encoding="utf-8"))
    (folder / "vectors.json").write_text(json.dumps({**listing, **changes}), encoding="utf-8")


def _fewer(folder: Path) -> None:
    _change(folder, records=[])


def _other_schema(folder: Path) -> None:
    _change(folder, schema=99)


def _odd_teacher(folder: Path) -> None:
    _change(folder, teacher={"name": "x"})


def _no_digest(folder: Path) -> None:
    _change(folder, vectors=None)


@pytest.mark.parametrize(
    "damage", [_truncate, _flip, _remove, _no_json, _fewer, _other_schema, _odd_teacher, _no_digest]
)
def test_damage_is_told_in_one_line(folder: Path, damage: Any) -> None:
    damage(folder)
    with pytest.raises(BadTeacherVectors) as said:
        open_teacher_vectors(folder)
    assert str(folder) in str(said.value)
    assert "\n" not in str(said.value)
