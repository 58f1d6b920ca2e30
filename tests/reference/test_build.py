from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.reference.build import build
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.validate import validate
from tests.reference.doubles import (
    CARDS,
    MODEL,
    OTHER_MODEL,
    ColourEmbedder,
    catalogue_of,
    drawn_scan,
    no_progress,
    save_scan,
)


def test_every_scan_becomes_a_row(folder: Path) -> None:
    database = ReferenceDatabase.open(folder, MODEL)
    assert list(database.card_ids) == [*CARDS, "tst-3"]
    assert list(database.languages) == ["en", "en", "en", "en", "de"]
    assert database.metadata("tst-3")["name"] == "Card 3"
    assert database.embeddings.dtype == np.float16
    assert database.printings("tst-1") == ("tst-1", "tst-2")
    assert database.printings("tst-3") == ("tst-3",)
    assert validate(folder, MODEL) == []


def test_the_files_are_those_of_the_seed_and_ours(folder: Path) -> None:
    names = {file.name for file in folder.iterdir()}
    seed = {"embeddings.npy", "usearch.index", "index.json", "metadata.json"}
    assert names == seed | {"manifest.json", "rows.json", "signatures.npy"}
    assert json.loads((folder / "index.json").read_text())["4"] == "tst-3"
    assert set(json.loads((folder / "metadata.json").read_text())) == set(CARDS)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["rows"], manifest["cards"], manifest["model"]["digest"]) == (5, 4, MODEL)
    assert not folder.with_name("cards.partial").exists()


def test_what_cannot_be_used_is_told_and_the_rest_is_built(scans: Path, tmp_path: Path) -> None:
    (scans / "tst-5.png").write_bytes(b"\x89PNG broken")
    (scans / "tst-6.webp").write_bytes(b"")
    save_scan(scans / "tst-7.png", np.full((352, 256, 3), 255, np.uint8))
    save_scan(scans / "unheard-of-1.png", drawn_scan(8))
    catalogue = catalogue_of([*CARDS, "tst-5", "tst-6", "tst-7"], tmp_path)
    outcome = build(scans, catalogue, ColourEmbedder(), tmp_path / "out", no_progress)
    reasons = {remark.place: remark.reason for remark in outcome.problems}
    assert set(reasons) == {"tst-5.png", "tst-6.webp", "tst-7.png", "unheard-of-1.png"}
    assert "empty" in reasons["tst-6.webp"]
    assert "blank" in reasons["tst-7.png"]
    assert "no metadata for unheard-of-1" in reasons["unheard-of-1.png"]
    assert (outcome.added, outcome.cards) == (5, 4)
    assert validate(tmp_path / "out", MODEL) == []


def test_one_picture_for_cards_of_different_names_is_left_out(scans: Path, tmp_path: Path) -> None:
    for card_id in ("tst-8", "tst-9"):
        save_scan(scans / f"{card_id}.png", drawn_scan(50))
    outcome = build(
        scans, catalogue_of([*CARDS, "tst-8", "tst-9"], tmp_path), ColourEmbedder(), tmp_path / "out", no_progress
    )
    assert [remark.place for remark in outcome.problems] == ["tst-8.png", "tst-9.png"]
    assert all("placeholder" in remark.reason for remark in outcome.problems)
    assert outcome.added == 5


def test_the_same_file_twice_is_one_row(scans: Path, tmp_path: Path) -> None:
    (scans / "again").mkdir()
    (scans / "again" / "tst-4.png").write_bytes((scans / "tst-4.png").read_bytes())
    outcome = build(scans, catalogue_of(CARDS, tmp_path), ColourEmbedder(), tmp_path / "out", no_progress)
    assert [remark.place for remark in outcome.skipped] == ["again/tst-4.png"]
    assert (outcome.added, outcome.problems) == (5, [])


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    ids = [f"tst-{number}" for number in range(70)]
    for number, card_id in enumerate(ids):
        save_scan(scans / f"{card_id}.png", drawn_scan(number))
    catalogue = catalogue_of(ids, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        build(scans, catalogue, ColourEmbedder(stop_after=40), out, no_progress)
    assert not out.exists()
    embedder = ColourEmbedder()
    outcome = build(scans, catalogue, embedder, out, no_progress)
    assert (embedder.seen, outcome.embedded, outcome.added) == (38, 38, 70)
    assert not out.with_name("out.partial").exists()


def test_a_damaged_piece_of_unfinished_work_is_made_again(scans: Path, tmp_path: Path) -> None:
    partial = tmp_path / "out.partial"
    partial.mkdir()
    (partial / f"embedded-{MODEL[:16]}-00000.npz").write_bytes(b"PK cut short")
    outcome = build(scans, catalogue_of(CARDS, tmp_path), ColourEmbedder(), tmp_path / "out", no_progress)
    assert (outcome.added, outcome.embedded) == (5, 5)


def test_building_again_embeds_only_what_is_new(folder: Path, scans: Path, tmp_path: Path) -> None:
    save_scan(scans / "tst-5.png", drawn_scan(5))
    embedder = ColourEmbedder()
    build(scans, catalogue_of([*CARDS, "tst-5"], tmp_path), embedder, folder, no_progress)
    assert embedder.seen == 1
    assert len(ReferenceDatabase.open(folder, MODEL)) == 6


def test_another_model_embeds_everything_anew(folder: Path, scans: Path, tmp_path: Path) -> None:
    embedder = ColourEmbedder(OTHER_MODEL)
    build(scans, catalogue_of(CARDS, tmp_path), embedder, folder, no_progress)
    assert embedder.seen == 5
    assert ReferenceDatabase.open(folder, OTHER_MODEL).manifest.model.digest == OTHER_MODEL


def test_a_folder_of_other_things_is_never_replaced(scans: Path, tmp_path: Path) -> None:
    holiday = tmp_path / "holiday"
    save_scan(holiday / "beach.png", drawn_scan(3))
    with pytest.raises(BadReference, match="no reference database"):
        build(scans, catalogue_of(CARDS, tmp_path), ColourEmbedder(), holiday, no_progress)
    assert (holiday / "beach.png").exists()


def test_nothing_is_written_where_no_scan_can_be_used(scans: Path, tmp_path: Path) -> None:
    with pytest.raises(BadReference, match="none of the scans can be used"):
        build(scans, catalogue_of(["abc-1"], tmp_path), ColourEmbedder(), tmp_path / "out", no_progress)
    assert not (tmp_path / "out").exists()
