from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference
from cardlens.recognition.local import pack
from cardlens.reference import files
from cardlens.reference.build import build
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change, add, remove
from cardlens.reference.validate import validate
from tests.reference.doubles import (
    CARDS,
    ColourEmbedder,
    catalogue_of,
    drawn_parts,
    drawn_scan,
    no_progress,
    save_scan,
)


def scans_of(folder: Path, card_ids: Sequence[str]) -> Path:
    for card_id in card_ids:
        save_scan(folder / f"{card_id}.png", drawn_scan(CARDS.index(card_id) + 10))
    return folder


def built(tmp_path: Path, *, with_parts: bool) -> Path:
    scans, embedder = scans_of(tmp_path / "scans", CARDS[:3]), ColourEmbedder(with_parts=with_parts)
    build(scans, catalogue_of(CARDS, tmp_path), embedder, tmp_path / "db", no_progress)
    return tmp_path / "db"


def test_a_database_keeps_the_local_descriptors_of_its_rows(tmp_path: Path) -> None:
    database = ReferenceDatabase.open(built(tmp_path, with_parts=True), None)
    packed = database.local([2, 0])
    assert packed is not None
    expected = pack(drawn_parts(np.asarray(database.embeddings[[2, 0]], np.float32)))
    assert np.mean(packed == expected) > 0.98  # made from the vectors before they were rounded to f16
    assert packed.nbytes <= 2 * 4000
    assert validate(database.folder) == []


def test_without_them_it_says_so(tmp_path: Path) -> None:
    database = ReferenceDatabase.open(built(tmp_path, with_parts=False), None)
    assert database.local([0]) is None
    assert not (database.folder / files.LOCAL).exists()


def test_they_stay_with_their_cards_when_cards_come_and_go(tmp_path: Path) -> None:
    folder = built(tmp_path, with_parts=True)
    before = {row.card_id: row.local for row in rows_of(folder)}
    more = scans_of(tmp_path / "more", CARDS[3:])
    add(more, Change(folder), catalogue_of(CARDS, tmp_path), ColourEmbedder(with_parts=True), no_progress)
    remove([CARDS[0]], Change(folder))
    after = {row.card_id: row.local for row in rows_of(folder)}
    assert set(after) == set(CARDS[1:])
    for card_id in CARDS[1:3]:
        np.testing.assert_array_equal(after[card_id], before[card_id])


def test_a_model_without_parts_adds_to_a_database_with_them_and_none_are_kept(tmp_path: Path) -> None:
    folder = built(tmp_path, with_parts=True)
    add(
        scans_of(tmp_path / "more", CARDS[3:]),
        Change(folder),
        catalogue_of(CARDS, tmp_path),
        ColourEmbedder(),
        no_progress,
    )
    database = ReferenceDatabase.open(folder, None)
    assert len(database) == len(CARDS)
    assert database.local([0]) is None


def test_building_again_embeds_nothing_and_keeps_them(tmp_path: Path) -> None:
    folder = built(tmp_path, with_parts=True)
    again = ColourEmbedder(with_parts=True)
    build(tmp_path / "scans", catalogue_of(CARDS, tmp_path), again, folder, no_progress)
    assert again.seen == 0
    assert ReferenceDatabase.open(folder, None).local([0]) is not None


def test_a_file_of_another_number_of_rows_is_refused_and_found_by_validation(tmp_path: Path) -> None:
    folder = built(tmp_path, with_parts=True)
    whole = np.load(folder / files.LOCAL)
    np.save(folder / files.LOCAL, whole[:2])
    with pytest.raises(BadReference, match=r"local\.npy"):
        ReferenceDatabase.open(folder, None)
    assert any("local.npy" in str(finding) for finding in validate(folder))


class _Row:
    def __init__(self, card_id: str, local: np.ndarray) -> None:
        self.card_id, self.local = card_id, local


def rows_of(folder: Path) -> list[_Row]:
    database = ReferenceDatabase.open(folder, None)
    packed = database.local(range(len(database)))
    assert packed is not None
    return [_Row(card_id, local) for card_id, local in zip(database.card_ids, packed, strict=True)]
