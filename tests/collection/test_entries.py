from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cardlens.collection import BadCopy, Collection, NewCopy


def test_duplicates_become_the_oldest_entry(collection: Collection) -> None:
    first = collection.add(NewCopy("base1-4", quantity=1, tags=("a",), note="one"))
    collection.add(NewCopy("base1-4", quantity=2, tags=("b",), note="two", acquired_on=date(2026, 1, 1)))
    collection.add(NewCopy("base1-4", quantity=4))
    other = collection.add(NewCopy("base1-4", language="de"))
    assert collection.merge_duplicates() == 2
    merged, kept = sorted(collection.copies(), key=lambda copy: copy.id)
    assert (merged.id, merged.quantity, merged.tags, merged.note) == (first.id, 7, ("a", "b"), "one; two")
    assert merged.acquired_on == date(2026, 1, 1)
    assert kept == other
    assert collection.merge_duplicates() == 0


@pytest.mark.parametrize(
    "other",
    [
        NewCopy("base1-58"),
        NewCopy("base1-4", finish="unlimited-holo"),
        NewCopy("base1-4", language="fr"),
        NewCopy("base1-4", condition="mint"),
        NewCopy("base1-4", grade="PSA 9"),
        NewCopy("base1-4", price_paid=Decimal(1)),
        NewCopy("base1-4", currency="EUR"),
        NewCopy("base1-4", place="box"),
    ],
)
def test_what_differs_is_no_duplicate(collection: Collection, other: NewCopy) -> None:
    collection.add(NewCopy("base1-4"))
    collection.add(other)
    assert collection.merge_duplicates() == 0
    assert collection.count() == 2


def test_merging_never_makes_an_impossible_quantity(collection: Collection) -> None:
    collection.add(NewCopy("base1-4", quantity=1_000_000))
    with pytest.raises(BadCopy, match="give 1 to 1000000"):
        collection.add(NewCopy("base1-4"), merge=True)
    assert collection.cards() == 1_000_000


def test_a_correction_keeps_a_finish_that_was_chosen(collection: Collection) -> None:
    assumed = collection.add(NewCopy("base1-4"))
    chosen = collection.add(NewCopy("base1-4", finish="shadowless-holo"))
    assert collection.correct(assumed.id, "base1-58").finish == "normal"
    assert collection.correct(chosen.id, "base1-58").finish == "shadowless-holo"
