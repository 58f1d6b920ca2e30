from __future__ import annotations

import pytest

from cardlens.errors import BadReference
from cardlens.reference import lookup
from cardlens.reference.database import ReferenceDatabase
from cardlens.shared import inquiry
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.server import Server
from cardlens.shared.validation import validate
from tests.reference.doubles import MODEL, OTHER_MODEL


@pytest.mark.parametrize("words", ["card 2", "tst", "nothing", "%", "_", ""])
def test_finds_cards_by_words_as_a_folder_does(
    shared: SharedCatalogue, database: ReferenceDatabase, words: str
) -> None:
    assert inquiry.search_cards(shared, words, 3) == lookup.search_cards(database, words, 3)


def test_finds_similar_cards_as_a_folder_does(shared: SharedCatalogue, database: ReferenceDatabase) -> None:
    here, there = inquiry.similar_cards(shared, "tst-1", 5), lookup.similar_cards(database, "tst-1", 5)
    assert [(one.card_id, one.tied) for one in here] == [(one.card_id, one.tied) for one in there]
    assert [one.similarity for one in here] == pytest.approx([one.similarity for one in there], abs=1e-3)
    with pytest.raises(BadReference, match="has no card tst-9"):
        inquiry.similar_cards(shared, "tst-9", 5)


def test_sums_up_as_a_folder_does(shared: SharedCatalogue, database: ReferenceDatabase) -> None:
    here, there = inquiry.summary(shared), lookup.summary(database)
    same = ("rows", "cards", "model", "artwork_groups", "tied_cards", "languages", "sets")
    assert {name: here[name] for name in same} == {name: there[name] for name in same}
    assert here["bytes"] > 0


def test_a_sound_catalogue_has_no_findings(shared: SharedCatalogue, postgres: str) -> None:
    assert validate(postgres, MODEL) == []
    assert "running" in validate(postgres, OTHER_MODEL)[0].text


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE cards SET record = '{}' WHERE card_id = 'tst-1'", "metadata"),
        ("DELETE FROM scans WHERE card = (SELECT id FROM cards WHERE card_id = 'tst-4')", "scans"),
        ("UPDATE embeddings SET embedding = embedding * CAST(array_fill(0.5, ARRAY[768]) AS halfvec)", "embeddings"),
        ("DROP INDEX nearest_1", "index"),
    ],
)
def test_damage_is_found(shared: SharedCatalogue, server: Server, postgres: str, damage: str, check: str) -> None:
    with server.writing() as connection:
        connection.exec_driver_sql(damage)
    assert check in {finding.check for finding in validate(postgres, MODEL)}
