from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import BadReference, StaleReference
from cardlens.recognition.matcher import Gallery
from cardlens.reference.database import ReferenceDatabase
from cardlens.shared import versions
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.fill import fill
from cardlens.shared.server import Server
from tests.reference.doubles import MODEL, OTHER_MODEL, no_progress


def test_gives_the_answers_of_the_folder(shared: SharedCatalogue, database: ReferenceDatabase) -> None:
    vectors = np.asarray(database.embeddings, np.float32)
    noise = np.random.default_rng(1).normal(size=vectors.shape).astype(np.float32) * 0.02
    asked = (vectors + noise) / np.linalg.norm(vectors + noise, axis=1, keepdims=True)
    here, there = shared.search(asked, 3), database.search(asked, 3)
    assert [[shared.card_ids[row] for row in rows] for rows in here.rows] == [
        [database.card_ids[row] for row in rows] for rows in there.rows
    ]
    assert [[shared.languages[row] for row in rows] for rows in here.rows] == [
        [database.languages[row] for row in rows] for rows in there.rows
    ]
    np.testing.assert_allclose(here.similarities, there.similarities, atol=2e-6)


def test_knows_cards_as_the_folder_does(shared: SharedCatalogue, database: ReferenceDatabase) -> None:
    gallery: Gallery = shared
    for card_id in set(database.card_ids):
        assert dict(gallery.metadata(card_id)) == dict(database.metadata(card_id))
        assert gallery.printings(card_id) == database.printings(card_id)
    assert set(gallery.card_ids) == set(database.card_ids)
    assert len(shared) == len(database)


def test_fewer_rows_than_asked_for_are_all_given(shared: SharedCatalogue) -> None:
    vectors = np.eye(2, 768, dtype=np.float32)
    assert shared.search(vectors, 100).rows.shape == (2, len(shared))
    assert shared.search(vectors[:0], 5).rows.shape == (0, 0)


def test_a_card_that_is_not_there_is_named_in_the_error(shared: SharedCatalogue) -> None:
    with pytest.raises(BadReference, match="has no card tst-99"):
        shared.metadata("tst-99")
    with pytest.raises(BadReference, match="row 999 was removed"):
        shared.card_ids[999]
    assert shared.printings("tst-99") == ("tst-99",)


def test_without_the_running_model_it_is_stale(shared: SharedCatalogue, postgres: str) -> None:
    with pytest.raises(StaleReference, match=f"models {MODEL[:12]}, running {OTHER_MODEL[:12]}"):
        SharedCatalogue.open(postgres, OTHER_MODEL)


def test_two_versions_answer_side_by_side_and_a_retired_one_no_more(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path
) -> None:
    fill(postgres, other_folder, no_progress)
    other = SharedCatalogue.open(postgres, OTHER_MODEL)
    never_asked = SharedCatalogue.open(postgres, MODEL)
    vectors = np.eye(1, 768, dtype=np.float32)
    assert SharedCatalogue.open(postgres, None).model.digest == MODEL
    assert versions.switch(server, OTHER_MODEL[:8]).in_use
    assert SharedCatalogue.open(postgres, None).model.digest == OTHER_MODEL
    assert shared.search(vectors, 2).rows.size == other.search(vectors, 2).rows.size == 2
    versions.retire(server, MODEL[:8])
    for retired in (shared, never_asked):
        with pytest.raises(StaleReference, match="was retired"):
            retired.search(vectors, 2)
        retired.close()
    assert other.search(vectors, 2).rows.size == 2
    other.close()
