"""Lines of text become fields."""

from __future__ import annotations

import pytest

from cardlens.recognition.number import SetCodeText
from cardlens.recognition.reading import NameText, Reading, banner_in, hp_in, names_in
from cardlens.recognition.text import TextLine


def line(text: str, left: float = 0, right: float = 200, top: float = 0, height: float = 40) -> TextLine:
    return TextLine(text, 0.9, (left, top, right, top + height))


def test_the_largest_print_is_the_likeliest_name() -> None:
    names = names_in([line("Ancient", top=60, height=20), line("Professor Sada's Vitality"), line("TRAINER")])
    assert [name.text for name in names] == ["Professor Sada's Vitality", "Ancient"]


@pytest.mark.parametrize("text", ["BASIC", "STAGE 2", "Stage1", "TRAINER", "ITEM", "80 HP", "HP70", "LV.24", "ENERGY"])
def test_other_large_print_is_no_name(text: str) -> None:
    assert names_in([line(text)]) == ()


@pytest.mark.parametrize("text", ["Flying Pikachu LV.12 40 HP", "Flying Pikachu 40 HP", "Flying Pikachu HP40"])
def test_name_ends_before_level_and_hit_points(text: str) -> None:
    assert [name.text for name in names_in([line(text)])] == ["Flying Pikachu"]


def test_neighbours_on_a_row_may_be_one_name() -> None:
    names = names_in([line("EX", 210, 260), line("Mewtwo", 0, 200)])
    assert "Mewtwo EX" in [name.text for name in names]


@pytest.mark.parametrize(
    ("text", "hp", "word"),
    [
        ("80 HP", "80", "HP"),
        ("HP70", "70", "HP"),
        ("HP704", "70", "HP"),
        ("LV.12 100 HP", "100", "HP"),
        ("LV.15 60HP", "60", "HP"),
        ("KP 120", "120", "KP"),
        ("150 PV", "150", "PV"),
        ("7O HP", "70", "HP"),
        ("340", "340", None),
        ("Pikachu", None, None),
    ],
)
def test_reads_hit_points_and_the_word_beside_them(text: str, hp: str | None, word: str | None) -> None:
    assert hp_in([line(text)]) == (hp, word)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("TRAINER", "Trainer"),
        ("BASIC ENERGY", "Energy"),
        ("**ENERGY SP", "Energy"),
        ("Energy Search", None),
        ("Pikachu", None),
    ],
)
def test_reads_banners(text: str, kind: str | None) -> None:
    assert banner_in([line(text)]) == kind


@pytest.mark.parametrize(
    ("reading", "language"),
    [
        (Reading(), None),
        (Reading(names=(NameText("ピカチュウ", 0.9),), hp_word="HP"), "ja"),
        (Reading(names=(NameText("Pikachu", 0.9),), hp_word="HP"), "en"),
        (Reading(names=(NameText("Glurak", 0.9),), hp_word="KP"), "de"),
        (Reading(names=(NameText("Dracaufeu", 0.9),), hp_word="PV"), "fr"),
        (Reading(names=(NameText("Charizard", 0.9),), hp_word="PS"), None),
        (Reading(set_code=SetCodeText("SVI", "it", True, 0.9)), "it"),
    ],
)
def test_says_the_language_only_where_it_shows(reading: Reading, language: str | None) -> None:
    assert reading.language == language
