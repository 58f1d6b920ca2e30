"""Readings name cards where two things agree, and say nothing otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.facts import Card, bundled_facts
from cardlens.recognition.number import NumberText, SetCodeText
from cardlens.recognition.reading import NameText, Reading
from cardlens.recognition.reading_match import ReadCandidate, disambiguate, identify_reading, name_agrees

FACTS = bundled_facts()
PHYSICAL = [card for card in FACTS if card.game == "physical" and card.hp and card.number.isdigit()]


def card(card_id: str) -> Card:
    found = FACTS.get(card_id)
    assert found is not None
    return found


def reading(
    name: str | None = None,
    number: str | None = None,
    total: int | None = None,
    hp: str | None = None,
    code: str | None = None,
    language: str | None = None,
) -> Reading:
    return Reading(
        names=(NameText(name, 0.99),) if name else (),
        hp=hp,
        hp_word="HP" if hp else None,
        numbers=(NumberText(number, total, total is not None, 0.95),) if number else (),
        set_code=SetCodeText(code, language, True, 0.9) if code else None,
        height=900,
    )


def named(read: Reading) -> list[ReadCandidate]:
    return identify_reading(read, FACTS)


@pytest.mark.parametrize(
    ("read", "card_id"),
    [
        (reading("Magmar", "20", 108, "80"), "xy12-20"),
        (reading("Magrnar", "20", 108, "80"), "xy12-20"),
        (reading("Charizard Spirit Link", "75", 108), "xy12-75"),
        (reading("Pikachu", "025", 165, "60", "MEW", "en"), "sv3pt5-25"),
        (reading(None, "057", 64, None, "SFA", "en"), "sv6pt5-57"),
        (reading(None, "198", 198, None, "SVI", "de"), "sv1-198"),
        (reading("Flareon", "TG01", 30, "110"), "swsh9tg-TG01"),
    ],
)
def test_names_the_card_surely(read: Reading, card_id: str) -> None:
    best = named(read)[0]
    assert best.card_id == card_id
    assert best.probability > 0.9


@given(st.sampled_from(PHYSICAL))
def test_a_whole_reading_finds_its_card_among_the_best(one: Card) -> None:
    read = reading(one.name, one.number, one.printed_total, one.hp, one.printed_code)
    candidates = identify_reading(read, FACTS, limit=10)
    assert one.card_id in [candidate.card_id for candidate in candidates[: candidates[0].rivals]]


@pytest.mark.parametrize(
    "read",
    [
        Reading(),
        reading("Armory of Iroas", "158", 165),
        reading("Jarad, Golgari Lich Lord", "174", 274),
        reading(None, "20", 108),
        reading("Pikachu"),
        reading(None, None, None, "60"),
        reading("ピカチュウ", "025", 165, "60"),
    ],
)
def test_one_field_or_another_game_names_nothing(read: Reading) -> None:
    assert named(read) == []


def test_another_name_with_the_same_number_is_doubted() -> None:
    assert all(candidate.probability < 0.5 for candidate in named(reading("Dragonair", "19", 102, "80")))


def test_the_total_alone_does_not_make_another_number_right() -> None:
    assert all(candidate.probability < 0.5 for candidate in named(reading("Switch", "68", 100)))


def test_a_set_newer_than_the_facts_is_doubted() -> None:
    unknown = Reading(
        names=(NameText("Pikachu", 0.99),),
        hp="60",
        numbers=(NumberText("030", 86, True, 0.9),),
        set_code=SetCodeText("CRI", "en", False, 0.9),
        height=900,
    )
    assert all(candidate.probability < 0.5 for candidate in named(unknown))


def test_cards_that_print_the_same_share_the_probability() -> None:
    candidates = named(reading("Charizard", "4", 102, "120"))
    assert {candidate.card_id for candidate in candidates[:2]} == {"base1-4", "cel25c-4_A"}
    assert all(candidate.probability <= 0.5 for candidate in candidates)


def test_a_number_settles_between_reprints() -> None:
    tied = [card("base1-58"), card("base4-87")]
    first, second = disambiguate(reading("Pikachu", "58", 102), tied)
    assert first > 0.99
    assert first + second == pytest.approx(1)


@pytest.mark.parametrize("read", [Reading(), reading("Bulbasaur", None, None, "70")])
def test_pocket_faces_show_no_number_so_ties_stay_ties(read: Reading) -> None:
    assert disambiguate(read, [card("A1-1"), card("A4b-1")]) == [0.5, 0.5]


def test_nothing_to_choose_from_is_no_choice() -> None:
    assert disambiguate(Reading(), []) == []


def test_a_name_and_hit_points_may_be_a_pocket_cards_and_name_no_printed_one_for_sure() -> None:
    pocket = card("A3b-10")
    read = identify_reading(reading(pocket.name, hp="100"), FACTS, limit=50)
    assert [candidate.card_id for candidate in read] == ["xy2-16"]  # the only Torkoal whose 100 hit points are known
    assert read[0].rivals > 1
    assert read[0].probability < 0.4


@pytest.mark.parametrize(
    ("names", "says"),
    [(["Torkoal"], 1), (["Torkoai"], 1), (["Absol"], -1), (["Absoi"], 0), ([], 0), (["Xy", "Torkoal"], 1)],
)
def test_a_name_speaks_for_the_cards_that_bear_it_and_against_others_if_read_to_the_letter(
    names: list[str], says: int
) -> None:
    read = Reading(names=tuple(NameText(name, 0.9) for name in names))
    assert name_agrees(read, [card("A3b-10"), card("xy2-16")], FACTS) == says
    assert name_agrees(read, [], FACTS) == 0


def test_a_card_with_a_number_is_no_pocket_card() -> None:
    pocket = card("A3b-10")
    read = identify_reading(reading(pocket.name, number=pocket.number, total=106, hp="100"), FACTS, limit=50)
    assert read
    assert all(card(candidate.card_id).game == "physical" for candidate in read)
