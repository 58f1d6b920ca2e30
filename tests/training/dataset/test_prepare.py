from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.catalogue import Catalogue
from cardlens.training.dataset.prepare import Plan, Prepared, find_all, prepare
from tests.training.drawn_scans import drawn_scan

TRAIN, TWIN, TEST = [f"A1-{number}" for number in range(1, 7)], "A4b-1", ["A3b-1", "A3b-2"]


def save(file: Path, seed: int, quality: int = 95) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(drawn_scan(seed)).save(file, quality=quality)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Six cards of a set to train on, a reprint of a held-out card in another set, two held-out cards, a view."""
    folder = tmp_path / "raw"
    for seed, card_id in enumerate([*TRAIN, *TEST]):
        save(folder / f"{card_id}.jpg", seed)
    save(folder / f"{TWIN}.jpg", 6, quality=90)  # the picture of A3b-1
    save(folder / "de" / "A1-1.jpg", 0, quality=80)
    return folder


NO_PHOTOS = Plan(scenes=0)


def make(raw: Path, out: Path, plan: Plan = NO_PHOTOS) -> Prepared:
    catalogue = Catalogue.open([], bundled_facts())
    return prepare(find_all([raw], catalogue), catalogue, out, plan)


def manifest(out: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return record


def test_every_scan_lies_in_the_folder_of_its_card(raw: Path, tmp_path: Path) -> None:
    prepared = make(raw, tmp_path / "out")
    assert len(prepared.entries) == 10
    assert prepared.left_out == {}
    for entry in prepared.entries:
        file = tmp_path / "out" / entry.path
        assert file.parent.name == entry.card_id
        assert file.parent.parent.name == entry.split
        assert hashlib.sha256(file.read_bytes()).hexdigest() == entry.sha256


def test_no_card_is_on_two_sides_whatever_its_language(raw: Path, tmp_path: Path) -> None:
    make(raw, tmp_path / "out")
    sides: dict[str, set[str]] = {}
    for entry in manifest(tmp_path / "out")["classification"]:
        sides.setdefault(entry["card_id"], set()).add(entry["split"])
    assert all(len(side) == 1 for side in sides.values())
    assert sides["A3b-1"] == sides["A3b-2"] == {"test"}
    views = [entry for entry in manifest(tmp_path / "out")["classification"] if entry["card_id"] == "A1-1"]
    assert {entry["language"] for entry in views} == {"en", "de"}


def test_a_reprint_follows_its_artwork_into_the_test(raw: Path, tmp_path: Path) -> None:
    make(raw, tmp_path / "out")
    record = manifest(tmp_path / "out")
    assert ["A3b-1", TWIN] in record["tied"]
    assert {entry["split"] for entry in record["classification"] if entry["card_id"] == TWIN} == {"test"}


def test_other_sets_can_be_held_out_whole(raw: Path, tmp_path: Path) -> None:
    prepared = make(raw, tmp_path / "out", Plan(scenes=0, held_out=("A1",)))
    assert {entry.card_id for entry in prepared.entries if entry.split == "test"} == set(TRAIN)
    assert manifest(tmp_path / "out")["held_out_sets"] == ["A1"]


def test_a_set_to_hold_out_that_has_no_scan_is_said_and_nothing_is_written(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="sv1: no scan of such a set; the sets here are A1, A3b, A4b"):
        make(raw, tmp_path / "out", Plan(scenes=0, held_out=("A1", "sv1")))
    assert not (tmp_path / "out").exists()


def test_the_same_scans_give_the_same_digest_and_another_scan_another(raw: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        make(raw, tmp_path / name)
    save(raw / "A1-7.jpg", 99)
    make(raw, tmp_path / "third")
    one, other, third = (manifest(tmp_path / name)["digest"] for name in ("one", "other", "third"))
    assert one == other != third


def test_what_cannot_be_used_is_left_out_with_the_reason(raw: Path, tmp_path: Path) -> None:
    (raw / "A1-8.jpg").write_bytes(b"no picture")
    save(raw / "unheard-of-1.jpg", 40)
    save(raw / "en" / "A1-2.jpg", 1)  # byte for byte the one that is there
    Image.new("RGB", (100, 140), "white").save(raw / "A1-9.jpg")
    prepared = make(raw, tmp_path / "out")
    reasons = {Path(file).name: reason for file, reason in prepared.left_out.items()}
    assert "not a " in reasons["A1-8.jpg"]
    assert "no metadata for unheard-of-1" in reasons["unheard-of-1.jpg"]
    assert reasons["A1-2.jpg"] == "A1-2 has this picture already"
    assert "blank" in reasons["A1-9.jpg"]
    assert len(prepared.entries) == 10


def test_photos_of_each_side_show_cards_of_that_side_only(raw: Path, tmp_path: Path) -> None:
    make(raw, tmp_path / "out", Plan(scenes=3))
    record = manifest(tmp_path / "out")
    side_of = {entry["card_id"]: entry["split"] for entry in record["classification"]}
    for side in set(side_of.values()):
        file = tmp_path / "out" / "detection" / "annotations" / f"{side}.json"
        shown = {one["card_id"] for one in json.loads(file.read_text(encoding="utf-8"))["annotations"]}
        assert {side_of[card_id] for card_id in shown} <= {side}
    assert all((tmp_path / "out" / file).exists() for file in record["detection"])


def test_the_first_system_s_names_are_understood(tmp_path: Path) -> None:
    save(tmp_path / "raw" / "Alakazam-en_base_base1_1_high.png", 3)
    prepared = make(tmp_path / "raw", tmp_path / "out")
    assert [entry.card_id for entry in prepared.entries] == ["base1-1"]


def test_a_folder_that_is_there_is_left_alone_and_nothing_stays_of_a_failure(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(CardlensError, match="there already"):
        make(raw, tmp_path / "out")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "A1-1.jpg").write_bytes(b"no picture")
    with pytest.raises(CardlensError, match="none of the scans can be used"):
        make(tmp_path / "bad", tmp_path / "new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["bad", "out", "raw"]
