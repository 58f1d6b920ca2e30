from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cardlens.recognition.facts import bundled_facts
from cardlens.reference.catalogue import Catalogue
from cardlens.scale import dataset, rounds
from cardlens.scale.dataset import RayEngine
from cardlens.scale.engine import Cluster
from cardlens.scale.scenes import as_drawn, as_text
from cardlens.settings import Settings
from cardlens.training.dataset.detection import Faces, draw_photos
from cardlens.training.dataset.prepare import Plan, find_all, prepare
from tests.scale.works import run_here
from tests.training.drawn_scans import drawn_scan

CARDS = ["A1-1", "A1-2", "A1-3", "A1-4", "A3b-1", "A3b-2"]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Cards to train on and held-out ones, a view, a picture twice, and what cannot be used."""
    folder = tmp_path / "raw"
    (folder / "de").mkdir(parents=True)
    for seed, card_id in enumerate(CARDS):
        Image.fromarray(drawn_scan(seed)).save(folder / f"{card_id}.jpg")
    Image.fromarray(drawn_scan(0)).save(folder / "de" / "A1-1.jpg", quality=80)
    (folder / "de" / "A1-2.jpg").write_bytes((folder / "A1-2.jpg").read_bytes())
    (folder / "de" / "A1-3.jpg").write_bytes(b"no picture")
    (folder / "unheard-of-1.jpg").write_bytes((folder / "A1-2.jpg").read_bytes())
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("from_store", [False, True])
def test_the_data_set_is_the_local_engines_byte_for_byte(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, from_store: bool
) -> None:
    for module in (dataset, rounds):
        monkeypatch.setattr(module, "run", run_here)
    catalogue, plan = Catalogue.open([], bundled_facts()), Plan(scenes=5)
    engine = RayEngine(Cluster(), str(tmp_path / "parts"), None, 2)
    address = f"file://{raw}" if from_store else str(raw)
    found = engine.find([address], catalogue, Settings())
    scaled = prepare(found, catalogue, tmp_path / "scaled", plan, engine)
    local = prepare(find_all([raw], catalogue), catalogue, tmp_path / "local", plan)
    assert scaled.left_out == local.left_out
    assert len(local.left_out) == 3
    assert scaled.entries == local.entries
    assert files_of(tmp_path / "scaled") == files_of(tmp_path / "local")
    assert len(list((tmp_path / "scaled" / "detection" / "images" / "train").iterdir())) == 5


def test_scans_that_came_and_changed_are_in_the_next_data_set_from_the_same_parts(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (dataset, rounds):
        monkeypatch.setattr(module, "run", run_here)
    catalogue, plan = Catalogue.open([], bundled_facts()), Plan(scenes=2)
    for out in ("first", "second"):
        engine = RayEngine(Cluster(), str(tmp_path / "parts"), None, 2)
        prepare(engine.find([str(raw)], catalogue, Settings()), catalogue, tmp_path / out, plan, engine)
        Image.fromarray(drawn_scan(8)).save(raw / "A1-4.jpg")
        Image.fromarray(drawn_scan(9)).save(raw / "A1-5.jpg")
        local = prepare(find_all([raw], catalogue), catalogue, tmp_path / f"local-{out}", plan)
    assert files_of(tmp_path / "second") == files_of(tmp_path / "local-first")
    assert len(local.entries) == 8


def test_what_is_true_of_a_photo_survives_the_way_back_to_the_last_bit() -> None:
    faces = Faces([drawn_scan(1)], ["A1-1"], [])
    for drawn in draw_photos(faces, range(4), 3):
        row: dict[str, Any] = {"photo": as_text(drawn.photo), "jpeg": drawn.jpeg}
        back = as_drawn(json.loads(json.dumps({"photo": row["photo"]})) | {"jpeg": drawn.jpeg})
        assert back.jpeg == drawn.jpeg
        assert [card.quad.tolist() for card in back.photo.cards] == [card.quad.tolist() for card in drawn.photo.cards]
        assert [(card.corners, card.card_id, card.visible) for card in back.photo.cards] == [
            (card.corners, card.card_id, card.visible) for card in drawn.photo.cards
        ]
