from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cardlens.collection import (
    BadCopy,
    CardLabel,
    Collection,
    NewCopy,
    Query,
    UnknownCopy,
    create_collection,
    open_collection,
)
from tests.cli.doubles import PIKACHU, TIED, UNKNOWN

EVERYTHING = NewCopy(
    "sv3pt5-25",
    quantity=3,
    finish="reverse-holo",
    language="ja",
    condition="lightly-played",
    grade="PSA 8",
    price_paid=Decimal("2.5"),
    currency="EUR",
    place="red binder",
    note="from a friend;\nsigned",
    tags=("swap", "best of"),
    acquired_on=date(2026, 1, 31),
    scanned_at=datetime(2026, 2, 1, 12, 30, tzinfo=timezone(timedelta(hours=1))),
    scanned_from="page.jpg",
    confidence=0.991,
)


def test_gives_back_what_was_added(collection: Collection, draw_crop: Callable[..., bytes]) -> None:
    crop = draw_crop()
    copy = collection.add(EVERYTHING, crop)
    assert copy.name == "Pikachu"
    assert (copy.set_id, copy.set_name, copy.number) == ("sv3pt5", "151", "25")
    assert (copy.quantity, copy.finish, copy.language, copy.condition) == (3, "reverse-holo", "ja", "lightly-played")
    assert (copy.grade, copy.place, copy.note) == ("PSA 8", "red binder", "from a friend;\nsigned")
    assert (copy.price_paid, copy.currency) == (Decimal("2.50"), "EUR")
    assert copy.tags == ("best of", "swap")
    assert copy.acquired_on == date(2026, 1, 31)
    assert copy.scanned_at == datetime(2026, 2, 1, 11, 30, tzinfo=UTC)
    assert (copy.scanned_from, copy.confidence) == ("page.jpg", 0.991)
    assert collection.get(copy.id) == copy
    assert collection.proof(copy.id).content == crop
    assert collection.proof(copy.id).media_type == "image/jpeg"


def test_what_was_added_is_there_when_it_is_opened_again(place: Path) -> None:
    with open_collection(place) as first:
        copy = first.add(EVERYTHING)
    with open_collection(place) as second:
        assert second.copies() == [copy]


@pytest.mark.parametrize(
    ("card_id", "finish"),
    [("sv3pt5-25", "normal"), ("base1-4", "holo"), ("sv3pt5-199", "holo"), ("base1-44", "normal")],
)
def test_a_finish_that_nobody_gave_is_the_usual_one_of_the_rarity(
    collection: Collection, card_id: str, finish: str
) -> None:
    assert collection.add(NewCopy(card_id)).finish == finish


def test_a_card_without_facts_needs_a_name(collection: Collection) -> None:
    with pytest.raises(BadCopy, match="demo-1: not in the card facts"):
        collection.add(NewCopy("demo-1"))
    assert collection.count() == 0
    copy = collection.add(NewCopy("demo-1", label=CardLabel("Emberling", "demo", "Demo", "1")))
    assert (copy.name, copy.set_name, copy.number, copy.finish) == ("Emberling", "Demo", "1", "normal")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"card_id": ""}, "card_id '': no card id"),
        ({"card_id": "../etc"}, "no card id"),
        ({"card_id": ".hidden-1"}, "no card id"),
        ({"quantity": 0}, "quantity 0: give 1 to 1000000"),
        ({"quantity": True}, "quantity True: of the wrong kind"),
        ({"quantity": 1.5}, "of the wrong kind"),
        ({"finish": "shiny"}, "finish 'shiny': not one of normal"),
        ({"condition": "good"}, "condition 'good': not one of mint"),
        ({"language": "English"}, "language 'English': not a language code"),
        ({"price_paid": 2.5}, "price_paid 2.5: of the wrong kind"),
        ({"price_paid": Decimal("-1")}, "not an amount"),
        ({"price_paid": Decimal("NaN")}, "not an amount"),
        ({"price_paid": Decimal("0.00001")}, "more than four decimal places"),
        ({"currency": "euro"}, "not a currency code"),
        ({"scanned_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))}, "before the year 1 or after 9999"),
        ({"scanned_at": datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))}, "before the year 1 or after 9999"),
        ({"confidence": 1.1}, "not a probability"),
        ({"place": "x" * 201}, "201 characters long"),
        ({"place": "a\nb"}, "control characters"),
        ({"note": "a\0b"}, "control characters"),
        ({"note": "\ud83d"}, "half a character"),
        ({"tags": ("a,b",)}, "has a comma"),
        ({"tags": ("x" * 51,)}, "longer than 50"),
        ({"tags": ("a",) * 51}, "at most 50 tags"),
    ],
)
def test_refuses_values_that_no_copy_can_have(values: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCopy, match=said) as refused:
        NewCopy(**{"card_id": "base1-4", **values})
    assert refused.value.field == next(iter(values))


def test_the_same_request_again_adds_nothing(collection: Collection) -> None:
    first = collection.add(NewCopy("base1-4"), request="a1")
    assert collection.add(NewCopy("base1-4"), request="a1") == first
    assert collection.add(NewCopy("base1-4"), request="a2") != first
    assert collection.count() == 2


def test_merging_raises_the_quantity_of_what_is_alike(collection: Collection) -> None:
    first = collection.add(replace(EVERYTHING, tags=("one",)))
    second = collection.add(replace(EVERYTHING, tags=("two",), note="again"), merge=True)
    assert (second.id, second.quantity, second.tags) == (first.id, 6, ("one", "two"))
    assert second.note == "from a friend;\nsigned; again"
    other = collection.add(replace(EVERYTHING, condition="mint"), merge=True)
    assert other.id != first.id


def test_adds_what_an_answer_names(collection: Collection, draw_crop: Callable[..., bytes]) -> None:
    copy = collection.add_answer(PIKACHU, draw_crop(), scanned_from="page.jpg", tags=("today",))
    assert (copy.card_id, copy.language, copy.confidence) == ("sv3pt5-25", "ja", 0.991)
    assert (copy.scanned_from, copy.tags) == ("page.jpg", ("today",))
    assert copy.proof is not None
    assert collection.corrections() == []


def test_an_answer_of_a_card_without_facts_brings_its_name(collection: Collection) -> None:
    answer = replace(PIKACHU, card_id="demo-4", name="Voltmoth", number="4")
    copy = collection.add_answer(answer)
    assert (copy.name, copy.set_id, copy.number) == ("Voltmoth", "sv3pt5", "4")


def test_adding_another_card_than_the_answer_names_is_a_correction(
    collection: Collection, draw_crop: Callable[..., bytes]
) -> None:
    copy = collection.add_answer(TIED, draw_crop(), card_id="A4b-1")
    (correction,) = collection.corrections()
    assert copy.card_id == correction.card_id == "A4b-1"
    assert (correction.answered, correction.copy_id, correction.crop) == ("A1-1", copy.id, copy.proof)


def test_a_correction_made_with_a_repeated_request_is_kept_once(collection: Collection) -> None:
    for _ in range(2):
        collection.add_answer(UNKNOWN, card_id="base1-4", request="r1")
    assert len(collection.corrections()) == 1
    assert collection.count() == 1


def test_an_unknown_answer_needs_a_card(collection: Collection) -> None:
    with pytest.raises(BadCopy, match="say which it is"):
        collection.add_answer(UNKNOWN)
    with pytest.raises(BadCopy, match="colour: no such field"):
        collection.add_answer(PIKACHU, colour="red")
    assert collection.count() == 0


def test_updates_fields(collection: Collection) -> None:
    copy = collection.add(EVERYTHING)
    changed = collection.update(copy.id, quantity=1, tags=("x",), price_paid=Decimal("3"), note="", acquired_on=None)
    assert (changed.quantity, changed.tags, changed.note, changed.acquired_on) == (1, ("x",), None, None)
    assert changed.price_paid == Decimal("3.00")
    assert changed == collection.get(copy.id)
    assert changed.added_at == copy.added_at


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"card_id": "base1-4"}, "card_id: cannot be changed"),
        ({"quantity": None}, "quantity: needs a value"),
        ({"quantity": 0}, "give 1 to"),
        ({"tags": ["a"]}, "of the wrong kind"),
    ],
)
def test_refuses_updates_that_cannot_be(collection: Collection, values: dict[str, Any], said: str) -> None:
    copy = collection.add(EVERYTHING)
    with pytest.raises(BadCopy, match=said):
        collection.update(copy.id, **values)
    assert collection.get(copy.id) == copy


def test_an_update_that_changes_nothing_is_no_event(collection: Collection) -> None:
    copy = collection.add(EVERYTHING)
    collection.update(copy.id, quantity=3)
    assert len(collection.history()) == 1


def test_removes_all_or_none(collection: Collection) -> None:
    ids = [collection.add(NewCopy("base1-4")).id for _ in range(3)]
    with pytest.raises(UnknownCopy, match="copy 99"):
        collection.remove(ids[0], 99)
    assert collection.count() == 3
    gone = collection.remove(ids[0], ids[2], ids[0])
    assert [copy.id for copy in gone] == [ids[0], ids[2]]
    assert [copy.id for copy in collection.copies()] == [ids[1]]
    with pytest.raises(UnknownCopy, match="cardlens collection list"):
        collection.get(ids[0])


def test_tags_are_given_and_taken(collection: Collection) -> None:
    ids = [collection.add(NewCopy("base1-4", tags=("old",))).id, collection.add(NewCopy("base1-58")).id]
    collection.tag(ids, add=("new",), remove=("old",))
    assert [copy.tags for copy in collection.copies()] == [("new",), ("new",)]
    assert collection.count(Query(tag="NEW")) == 2
    assert collection.count(Query(tag="old")) == 0


def test_counts_entries_and_cards(collection: Collection) -> None:
    collection.add(NewCopy("base1-4", quantity=2))
    collection.add(NewCopy("base1-58", quantity=5))
    assert (collection.count(), collection.cards()) == (2, 7)
    assert collection.cards(Query(card_id="base1-58")) == 5


def test_an_entry_of_another_collection_is_not_there(place: Path) -> None:
    create_collection(place, "swaps")
    with open_collection(place) as main, open_collection(place, "swaps") as swaps:
        copy = main.add(NewCopy("base1-4"))
        assert swaps.copies() == []
        for call in (swaps.get, swaps.remove, swaps.proof):
            with pytest.raises(UnknownCopy):
                call(copy.id)


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**30])
def test_a_number_that_no_entry_can_have_is_not_there(collection: Collection, number: int) -> None:
    for call in (collection.get, collection.remove, collection.proof, collection.undo):
        with pytest.raises(UnknownCopy):
            call(number)
    assert collection.history(copy_id=number) == []


def test_a_request_or_a_collection_of_an_impossible_name_is_refused(collection: Collection, place: Path) -> None:
    for name in ("x" * 201, "a\0b", "\ud800"):
        with pytest.raises(BadCopy):
            collection.add(NewCopy("base1-4"), request=name)
        with pytest.raises(BadCopy):
            open_collection(place, name)
    assert collection.count() == 0


def test_a_copy_without_a_crop_has_no_proof(collection: Collection) -> None:
    with pytest.raises(UnknownCopy, match="has no crop"):
        collection.proof(collection.add(NewCopy("base1-4")).id)
