from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.reference import edit as folder_edit
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change
from cardlens.shared import edit
from cardlens.shared.catalogue import SharedCatalogue
from tests.reference.doubles import (
    CARDS,
    MODEL,
    ColourEmbedder,
    catalogue_of,
    drawn_scan,
    no_progress,
    save_scan,
    with_sheen,
)

MORE = (*CARDS, "tst-5", "tst-6", "tst-7")


@pytest.fixture
def new_scans(tmp_path: Path) -> Path:
    """A new card, one tied with a card that is there, a repeated scan, a further view, and a card nobody knows."""
    folder = tmp_path / "new"
    save_scan(folder / "tst-5.png", drawn_scan(50))
    save_scan(folder / "tst-6.png", with_sheen(drawn_scan(2)))
    save_scan(folder / "tst-4.png", drawn_scan(3))
    save_scan(folder / "fr" / "tst-4.png", drawn_scan(3, text=9))
    save_scan(folder / "tst-99.png", drawn_scan(51))
    return folder


def test_adds_what_a_folder_would_add_while_it_is_open(
    shared: SharedCatalogue, database: ReferenceDatabase, postgres: str, new_scans: Path, tmp_path: Path
) -> None:
    catalogue = catalogue_of(MORE, tmp_path)
    here = edit.add(postgres, new_scans, catalogue, ColourEmbedder(), no_progress)
    out = tmp_path / "grown"
    there = folder_edit.add(new_scans, Change(database.folder, out), catalogue, ColourEmbedder(), no_progress)
    assert (here.added, here.cards, here.embedded) == (there.added, there.cards, there.embedded)
    assert sorted(map(str, here.skipped)) == sorted(map(str, there.skipped))
    assert sorted(map(str, here.problems)) == sorted(map(str, there.problems))
    grown = ReferenceDatabase.open(out, MODEL)
    fresh = SharedCatalogue.open(postgres, MODEL)
    assert {one: fresh.printings(one) for one in MORE} == {one: grown.printings(one) for one in MORE}
    hits = shared.search(np.asarray(grown.embeddings, np.float32), 1)
    assert [shared.card_ids[row] for row in hits.rows[:, 0]] == [
        grown.card_ids[row] for row in grown.search(np.asarray(grown.embeddings, np.float32), 1).rows[:, 0]
    ]
    fresh.close()


def test_adding_the_same_again_adds_nothing(
    shared: SharedCatalogue, postgres: str, scans: Path, tmp_path: Path
) -> None:
    outcome = edit.add(postgres, scans, catalogue_of(CARDS, tmp_path), ColourEmbedder(), no_progress)
    assert (outcome.added, len(outcome.skipped), len(shared)) == (0, 5, 5)


def test_a_card_that_goes_unties_those_it_had_joined(shared: SharedCatalogue, postgres: str) -> None:
    assert shared.printings("tst-1") == ("tst-1", "tst-2")
    outcome = edit.remove(postgres, ["tst-2", "tst-77"])
    assert (outcome.cards, [str(one) for one in outcome.problems]) == (3, ["tst-77: not in the catalogue"])
    fresh = SharedCatalogue.open(postgres, MODEL)
    assert fresh.printings("tst-1") == ("tst-1",)
    assert "tst-2" not in fresh.card_ids
    assert fresh.search(np.eye(1, 768, dtype=np.float32), 10).rows.shape == (1, 4)
    fresh.close()


def test_the_last_card_stays(shared: SharedCatalogue, postgres: str) -> None:
    with pytest.raises(BadReference, match="no card would be left"):
        edit.remove(postgres, list(CARDS))
    assert set(shared.card_ids) == set(CARDS)


def test_unknown_cards_alone_are_an_error(shared: SharedCatalogue, postgres: str) -> None:
    with pytest.raises(BadReference, match="has no card tst-98, tst-99"):
        edit.remove(postgres, ["tst-98", "tst-99"])
    assert len(shared) == 5
