from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from cardlens.collection import Collection, NewCopy, UnknownCopy
from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.scans import find_scans


def test_a_correction_changes_the_entry_and_keeps_what_was_said(
    collection: Collection, draw_crop: Callable[..., bytes]
) -> None:
    copy = collection.add(NewCopy("sv3pt5-25", language="ja", confidence=0.7), draw_crop())
    corrected = collection.correct(copy.id, "base1-58")
    assert (corrected.card_id, corrected.name, corrected.set_id, corrected.number) == (
        "base1-58",
        "Pikachu",
        "base1",
        "58",
    )
    (kept,) = collection.corrections()
    assert (kept.answered, kept.card_id, kept.copy_id) == ("sv3pt5-25", "base1-58", copy.id)
    assert (kept.language, kept.confidence, kept.crop) == ("ja", 0.7, copy.proof)
    assert [one.id for one in collection.search("base1")] == [copy.id]


def test_correcting_to_what_it_is_is_no_correction(collection: Collection) -> None:
    copy = collection.add(NewCopy("sv3pt5-25"))
    assert collection.correct(copy.id, "sv3pt5-25") == copy
    assert collection.corrections() == []
    assert len(collection.history()) == 1


def test_a_copy_that_is_added_put_right_goes_with_its_correction(
    collection: Collection, draw_crop: Callable[..., bytes]
) -> None:
    copy = collection.add(NewCopy("base1-58", confidence=0.4), draw_crop(), corrected=True, answered="sv3pt5-25")
    (kept,) = collection.corrections()
    assert (kept.answered, kept.card_id, kept.copy_id) == ("sv3pt5-25", "base1-58", copy.id)
    assert (kept.confidence, kept.crop) == (0.4, copy.proof)
    assert [event.summary for event in collection.history()] == ["added 1 × Pikachu (base1-58), not sv3pt5-25"]
    assert collection.undo().gone == (copy.id,)
    assert (collection.count(), collection.corrections()) == (0, [])


def test_an_undone_correction_is_none(collection: Collection) -> None:
    collection.correct(collection.add(NewCopy("sv3pt5-25")).id, "base1-58")
    collection.undo()
    assert collection.corrections() == []


def test_an_answer_that_is_in_no_entry_can_be_corrected(
    collection: Collection, draw_crop: Callable[..., bytes]
) -> None:
    collection.record_correction("base1-4", answered=None, crop=draw_crop(), language="de", confidence=0.1)
    (kept,) = collection.corrections()
    assert (kept.answered, kept.card_id, kept.copy_id, kept.language) == (None, "base1-4", None, "de")


def test_exports_crops_as_reference_add_and_training_take_them(
    collection: Collection, draw_crop: Callable[..., bytes], tmp_path: Path
) -> None:
    collection.record_correction("base1-4", crop=draw_crop(1), language="ja")
    collection.record_correction("base1-4", crop=draw_crop(2), language="ja")
    collection.record_correction("base1-4", crop=draw_crop(2), language="ja")  # the same again
    collection.record_correction("sv3pt5-25", crop=draw_crop(3, "WEBP"))
    collection.record_correction("base1-58")  # no crop
    folder = tmp_path / "material"
    assert collection.export_corrections(folder) == 3
    scans = find_scans(folder / "views", bundled_facts().__contains__)
    found = {(scan.card_id, scan.source, scan.language) for scan in scans}
    assert found == {
        ("base1-4", "ja/base1-4.webp", "ja"),
        ("base1-4", "ja-2/base1-4.webp", "ja"),
        ("sv3pt5-25", "en/sv3pt5-25.webp", "en"),
    }
    for scan in scans:
        with Image.open(scan.file) as picture:
            assert (picture.format, picture.size) == ("WEBP", (63, 88))
    lines = [json.loads(line) for line in (folder / "corrections.jsonl").read_text().splitlines()]
    assert {line["file"] for line in lines} == {f"views/{source}" for _, source, _ in found}
    with (
        Image.open(folder / "views/ja/base1-4.webp") as newest,
        Image.open(folder / "views/ja-2/base1-4.webp") as older,
    ):
        assert newest.convert("RGB").getpixel((1, 1)) != older.convert("RGB").getpixel((1, 1))


def test_training_finds_the_exported_views(
    collection: Collection, draw_crop: Callable[..., bytes], tmp_path: Path
) -> None:
    scans = pytest.importorskip("cardlens.training.simulator.scans", reason="needs the extra train")
    collection.record_correction("base1-4", crop=draw_crop(1))
    collection.export_corrections(tmp_path / "material")
    opened = scans.open_scans(tmp_path / "material", tmp_path / "cache")
    assert [record.card_id for record in opened.records] == ["base1-4"]


def test_says_where_nothing_can_be_exported(
    collection: Collection, draw_crop: Callable[..., bytes], tmp_path: Path
) -> None:
    with pytest.raises(CardlensError, match="no correction has a crop"):
        collection.export_corrections(tmp_path / "new")
    collection.record_correction("base1-4", crop=draw_crop())
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CardlensError, match="is there already"):
        collection.export_corrections(tmp_path)
    with pytest.raises(UnknownCopy):
        collection.correct(99, "base1-4")
