from __future__ import annotations

from decimal import Decimal

import pytest

from cardlens.collection import BadCopy, CardLabel, Collection, NewCopy, Query


@pytest.fixture
def filled(collection: Collection) -> Collection:
    for new in (
        NewCopy("sv3pt5-25", place="red binder", tags=("swap",)),
        NewCopy("base1-58", language="de", note="von Oma"),
        NewCopy("base1-4", price_paid=Decimal("280"), condition="mint"),
        NewCopy("sv3pt5-125"),
        NewCopy("swsh12pt5gg-GG05"),
        NewCopy("own-1", label=CardLabel("ピカチュウ", "own", "手作り", "1")),
    ):
        collection.add(new)
    return collection


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pikachu", ["base1-58", "sv3pt5-25"]),
        ("PIKACHU 151", ["sv3pt5-25"]),
        ("pikachu 025/165", []),
        ("pikachu 025", ["sv3pt5-25"]),
        ("25", ["sv3pt5-25", "sv3pt5-125"]),
        ("gg5", ["swsh12pt5gg-GG05"]),
        ("oma", ["base1-58"]),
        ("swap", ["sv3pt5-25"]),
        ("red", ["sv3pt5-25"]),
        ("ピカチュウ", ["own-1"]),
        ("%", ["own-1", "swsh12pt5gg-GG05", "sv3pt5-125", "base1-4", "base1-58", "sv3pt5-25"]),
        ("_a", ["base1-4", "base1-58", "sv3pt5-25"]),
        ("nothing like it", []),
        ("'; drop table copies; --", []),
    ],
)
def test_finds_words_in_any_field_best_first(filled: Collection, text: str, found: list[str]) -> None:
    hits = [copy.card_id for copy in filled.search(text)]
    if text == "_a":  # signs do not count: every entry with an a
        assert set(found) <= set(hits)
    else:
        assert hits == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(set_id="base1"), ["base1-4", "base1-58"]),
        (Query(language="de"), ["base1-58"]),
        (Query(condition="mint"), ["base1-4"]),
        (Query(finish="holo"), ["swsh12pt5gg-GG05", "base1-4"]),
        (Query(tag="swap"), ["sv3pt5-25"]),
        (Query(place="red binder"), ["sv3pt5-25"]),
        (Query(card_id="sv3pt5-125"), ["sv3pt5-125"]),
        (Query(text="pikachu", language="en"), ["sv3pt5-25"]),
        (Query(sort="set", limit=3), ["base1-4", "base1-58", "own-1"]),
        (Query(sort="price", limit=1), ["base1-4"]),
        (Query(sort="name", limit=2, offset=1), ["sv3pt5-125", "swsh12pt5gg-GG05"]),
        (Query(sort="oldest", limit=2), ["sv3pt5-25", "base1-58"]),
        (Query(limit=0), []),
    ],
)
def test_filters_sorts_and_pages(filled: Collection, query: Query, found: list[str]) -> None:
    assert [copy.card_id for copy in filled.copies(query)] == found


def test_pages_hold_everything_once(filled: Collection) -> None:
    pages = [filled.copies(Query(limit=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert [copy for page in pages for copy in page] == filled.copies()
    assert filled.count(Query(limit=2)) == 6


def test_finds_what_was_changed_later(filled: Collection) -> None:
    (copy,) = filled.search("oma")
    filled.update(copy.id, note="vom Flohmarkt")
    assert filled.search("oma") == []
    assert [one.id for one in filled.search("flohmarkt")] == [copy.id]


def test_refuses_an_order_or_a_page_that_cannot_be() -> None:
    with pytest.raises(BadCopy, match="sort 'colour'"):
        Query(sort="colour")  # type: ignore[arg-type]
    with pytest.raises(BadCopy, match="give 0 or more"):
        Query(offset=-1)
    with pytest.raises(BadCopy, match="give 0 or more"):
        Query(limit=10**30)
    with pytest.raises(BadCopy, match="characters that no text has"):
        Query(tag="\ud800")
