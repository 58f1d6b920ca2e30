from __future__ import annotations

from cardlens.collection import CardLabel, Collection, NewCopy
from cardlens.recognition.facts import bundled_facts


def test_counts_different_cards_of_a_set(collection: Collection) -> None:
    collection.add(NewCopy("base1-4", quantity=2))
    collection.add(NewCopy("base1-4", language="de"))
    collection.add(NewCopy("base1-58"))
    (base,) = collection.completion()
    assert (base.set_id, base.name, base.total, base.printed_total) == ("base1", "Base", 102, 102)
    assert (base.owned, base.copies, len(base.missing)) == (2, 4, 100)
    assert {slot.card_id for slot in base.missing}.isdisjoint({"base1-4", "base1-58"})
    assert base.as_json()["missing"][:2] == ["base1-1", "base1-2"]


def test_begun_sets_come_oldest_first_and_others_only_when_asked(collection: Collection) -> None:
    for card_id in ("sv3pt5-25", "base1-4", "swsh7-215"):
        collection.add(NewCopy(card_id))
    assert [one.set_id for one in collection.completion()] == ["base1", "swsh7", "sv3pt5"]
    every = collection.completion(started_only=False)
    assert len(every) == len(bundled_facts().sets)
    assert sum(one.total for one in every) == len(bundled_facts())
    assert [one.owned for one in collection.completion("neo1")] == [0]
    assert collection.completion("nope") == []


def test_cards_of_unknown_sets_do_not_count(collection: Collection) -> None:
    collection.add(NewCopy("own-1", label=CardLabel("Mine", "own", "Own")))
    assert collection.completion() == []
