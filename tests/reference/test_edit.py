from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.errors import BadReference, StaleReference
from cardlens.reference import publish
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change, add, remove
from cardlens.reference.outcome import Outcome
from cardlens.reference.scans import as_crop
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
    spec,
    with_sheen,
)


def add_scans(scans: Path, change: Change, tmp_path: Path, model: str = MODEL) -> Outcome:
    catalogue = catalogue_of([*CARDS, "tst-5", "tst-6"], tmp_path)
    return add(scans, change, catalogue, ColourEmbedder(model), no_progress)


def test_added_cards_are_found_and_join_their_artwork_group(folder: Path, tmp_path: Path) -> None:
    save_scan(tmp_path / "more" / "tst-5.png", drawn_scan(5))
    save_scan(tmp_path / "more" / "tst-6.png", with_sheen(with_sheen(drawn_scan(1))))
    outcome = add_scans(tmp_path / "more", Change(folder), tmp_path)
    database = ReferenceDatabase.open(folder, MODEL)
    assert (outcome.added, outcome.cards, len(database)) == (2, 6, 7)
    assert database.printings("tst-6") == ("tst-1", "tst-2", "tst-6")
    hits = database.search(ColourEmbedder().describe([as_crop(drawn_scan(5), spec())]).vectors, 1)
    assert database.card_ids[hits.rows[0, 0]] == "tst-5"
    assert validate(folder, MODEL) == []


def test_a_copy_leaves_the_source_as_it_was(folder: Path, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    save_scan(tmp_path / "more" / "tst-5.png", drawn_scan(5))
    add_scans(tmp_path / "more", Change(folder, tmp_path / "copy"), tmp_path)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert "tst-5" in ReferenceDatabase.open(tmp_path / "copy", MODEL).card_ids


def test_a_copy_is_made_even_where_nothing_is_new(folder: Path, scans: Path, tmp_path: Path) -> None:
    outcome = add_scans(scans, Change(folder, tmp_path / "copy"), tmp_path)
    assert (outcome.added, len(outcome.skipped)) == (0, 5)
    assert len(ReferenceDatabase.open(tmp_path / "copy", MODEL)) == 5


def test_another_picture_of_a_card_is_a_further_row(folder: Path, tmp_path: Path) -> None:
    save_scan(tmp_path / "more" / "fr" / "tst-4.png", drawn_scan(3, text=9))
    outcome = add_scans(tmp_path / "more", Change(folder), tmp_path)
    database = ReferenceDatabase.open(folder, MODEL)
    assert (outcome.added, outcome.cards) == (1, 4)
    assert (database.card_ids[-1], database.languages[-1]) == ("tst-4", "fr")


def test_a_picture_of_another_card_is_not_added(folder: Path, tmp_path: Path) -> None:
    save_scan(tmp_path / "more" / "tst-5.png", drawn_scan(3))
    outcome = add_scans(tmp_path / "more", Change(folder), tmp_path)
    assert outcome.added == 0
    assert "tst-4, tst-5" in outcome.problems[0].reason


def test_the_bundled_database_is_never_changed(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = tmp_path / "bundled" / "reference"
    monkeypatch.setattr(publish, "BUNDLED", tmp_path / "bundled")
    for change in (Change(bundled), Change(tmp_path / "other", bundled)):
        with pytest.raises(BadReference, match="--out"):
            add_scans(scans, change, tmp_path)
        with pytest.raises(BadReference, match="--out"):
            remove(["tst-1"], change)


def test_an_existing_copy_is_not_overwritten(folder: Path, scans: Path, tmp_path: Path) -> None:
    with pytest.raises(BadReference, match="--reference"):
        add_scans(scans, Change(tmp_path / "other", folder), tmp_path)


def test_another_model_may_not_add(folder: Path, scans: Path, tmp_path: Path) -> None:
    with pytest.raises(StaleReference, match="cardlens reference build"):
        add_scans(scans, Change(folder), tmp_path, OTHER_MODEL)


def test_removed_cards_are_gone_with_all_their_rows(folder: Path) -> None:
    outcome = remove(["tst-3", "tst-2", "tst-99"], Change(folder))
    database = ReferenceDatabase.open(folder, MODEL)
    assert list(database.card_ids) == ["tst-1", "tst-4"]
    assert [remark.place for remark in outcome.problems] == ["tst-99"]
    assert database.printings("tst-1") == ("tst-1",)
    assert set(database.cards) == {"tst-1", "tst-4"}
    assert validate(folder, MODEL) == []


@pytest.mark.parametrize("card_ids", [["tst-99"], list(CARDS)])
def test_removing_nothing_or_everything_is_refused(folder: Path, card_ids: list[str]) -> None:
    with pytest.raises(BadReference):
        remove(card_ids, Change(folder))
    assert len(ReferenceDatabase.open(folder, MODEL)) == 5


def test_a_swap_that_was_cut_off_is_put_back(folder: Path, scans: Path, tmp_path: Path) -> None:
    folder.with_name("cards.partial").mkdir()
    folder.rename(folder.with_name("cards.partial") / "replaced")
    add_scans(scans, Change(folder), tmp_path)
    assert len(ReferenceDatabase.open(folder, MODEL)) == 5
