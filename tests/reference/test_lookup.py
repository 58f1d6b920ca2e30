from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.errors import BadReference
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.lookup import search_cards, similar_cards, summary
from tests.reference.doubles import MODEL


@pytest.fixture
def database(folder: Path) -> ReferenceDatabase:
    return ReferenceDatabase.open(folder, MODEL)


@pytest.mark.parametrize(
    ("text", "found"), [("card 3", ["tst-3"]), ("tst-2", ["tst-2"]), ("common", 4), ("mew", []), ("", [])]
)
def test_search_wants_every_word(database: ReferenceDatabase, text: str, found: list[str] | int) -> None:
    cards = search_cards(database, text, 10)
    assert cards == found or len(cards) == found


def test_tied_cards_are_the_most_similar(database: ReferenceDatabase) -> None:
    first, *others = similar_cards(database, "tst-1", 10)
    assert (first.card_id, first.tied) == ("tst-2", True)
    assert {one.card_id for one in others} == {"tst-3", "tst-4"}
    assert not any(one.tied for one in others)
    with pytest.raises(BadReference, match="no card tst-9"):
        similar_cards(database, "tst-9", 10)


def test_the_summary_counts(database: ReferenceDatabase) -> None:
    facts = summary(database)
    assert (facts["rows"], facts["cards"], facts["artwork_groups"], facts["tied_cards"]) == (5, 4, 1, 2)
    assert facts["languages"] == {"en": 4, "de": 1}
    assert facts["sets"] == [{"id": "tst", "name": "tst", "cards": 4}]
