from __future__ import annotations

import pytest

from cardlens.collection.exchange.finder import CardFinder, Wanted, is_called, plain_name, said_names, set_agreement
from cardlens.collection.exchange.table import BadCell
from cardlens.recognition.facts import bundled_facts


@pytest.fixture(scope="module")
def finder() -> CardFinder:
    return CardFinder(bundled_facts())


@pytest.mark.parametrize(
    ("wanted", "card_id"),
    [
        (Wanted("Charizard", "Base Set", number="4/102"), "base1-4"),
        (Wanted("Charizard", "Base", number="4"), "base1-4"),
        (Wanted("Ninetales", "Base Set (1st Edition & Shadowless)", number="12"), "base1-12"),
        (Wanted("Pikachu", "SV: Scarlet & Violet 151", number="025/165"), "sv3pt5-25"),
        (Wanted("Pikachu - 025/165", "151", number="025/165"), "sv3pt5-25"),
        (Wanted("Pikachu", set_code="MEW", number="25"), "sv3pt5-25"),
        (Wanted("Umbreon VMAX", "SWSH07: Evolving Skies", number="215/203"), "swsh7-215"),
        (Wanted("Umbreon VMAX (Alternate Art Secret)", "SWSH07: Evolving Skies", number="215/203"), "swsh7-215"),
        (Wanted("Pikachu", "XY - Evolutions", number="35/108"), "xy12-35"),
        (Wanted("Mew ex", "151", number="151/165"), "sv3pt5-151"),
        (Wanted("Charizard", "Base Set 2", number="4/130"), "base4-4"),
        (Wanted("Charizard", "Celebrations: Classic Collection", number="4"), "cel25c-4_A"),
        (
            Wanted("Rapid Strike Urshifu V", "SWSH09: Brilliant Stars Trainer Gallery", number="TG20/TG30"),
            "swsh9tg-TG20",
        ),
        (Wanted("Farfetch'd", "151", number="83"), "sv3pt5-83"),
        (Wanted("Farfetch’d", "Base Set", number="27/102"), "base1-27"),
    ],
)
def test_finds_cards_by_what_apps_call_them(finder: CardFinder, wanted: Wanted, card_id: str) -> None:
    assert finder.find(wanted).card_id == card_id


@pytest.mark.parametrize(
    ("wanted", "column", "said"),
    [
        (Wanted("Charizard", "Base Set", number="999/102"), "number", "no card has the number 999/102"),
        (Wanted("Nobody", "Base Set", number="4/102"), "name", "no card of number 4/102 is called 'Nobody'"),
        (Wanted("Charizard", "Jungle", number="4/102"), "set", "no set 'Jungle' has this card; sets that do: "),
        (Wanted("Nobody", "Base Set"), "name", "no card is called 'Nobody'"),
        (Wanted("Pikachu"), "set", "cards fit"),
    ],
)
def test_says_why_there_is_no_such_card(finder: CardFinder, wanted: Wanted, column: str, said: str) -> None:
    with pytest.raises(BadCell) as none:
        finder.find(wanted)
    assert none.value.column == column
    assert said in none.value.message


def test_every_card_is_found_by_its_own_name_set_and_number(finder: CardFinder) -> None:
    facts = bundled_facts()
    wrong = []
    cards = [card for card in facts if card.game == "physical"][::7]
    for card in cards:
        try:
            found = finder.find(Wanted(card.name, card.set_name, card.set_code or card.set_id, card.number))
            if found.card_id != card.card_id:
                wrong.append((card.card_id, found.card_id))
        except BadCell as error:
            wrong.append((card.card_id, error.message))
    assert wrong == []


def test_sets_agree_in_degrees() -> None:
    assert set_agreement("Base", "Base") > set_agreement("Base Set", "Base") > set_agreement("Jungle", "Base") == 0
    assert set_agreement("SV03: Obsidian Flames", "Obsidian Flames") == 3
    assert set_agreement("", "Base") == 0


def test_names_are_freed_of_what_apps_add() -> None:
    assert plain_name("Charizard ex - 223/197") == "Charizard ex"
    assert plain_name("Pikachu (Cosmos Holo)") == "Pikachu"
    assert plain_name("Ho-Oh") == "Ho-Oh"
    assert plain_name("Porygon-Z") == "Porygon-Z"
    assert is_called("Pokémon Center", said_names("POKEMON CENTER"))
    assert not is_called("Mewtwo", said_names("Mew"))
