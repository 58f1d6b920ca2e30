from __future__ import annotations

from dataclasses import replace

from cardlens.cli.table import cells, headline, sure_text
from tests.cli.doubles import PIKACHU, TIED, UNKNOWN, answer_with


def test_counts_cards_in_words() -> None:
    assert [headline(answer_with(*cards)).split(": ")[1] for cards in ((), (PIKACHU,), (PIKACHU, TIED))] == [
        "no card, 12 ms",
        "1 card, 12 ms",
        "2 cards, 12 ms",
    ]


def test_a_decided_card_shows_one_id() -> None:
    assert cells(PIKACHU) == ("Pikachu [ja]", "151 (sv3pt5)", "25", "printing", "99.1 %", "sv3pt5-25", "025/165")


def test_tied_printings_are_all_listed_with_the_probability_of_the_drawing() -> None:
    assert cells(TIED)[3:6] == ("artwork", "97.0 %", "one of A1-1 52.0 %, A4b-1 45.0 %")


def test_an_unknown_card_has_no_name_and_no_probability() -> None:
    assert cells(UNKNOWN) == ("?", "", "", "unknown", "", "", "")


def test_almost_certain_is_not_shown_as_certain() -> None:
    assert sure_text(replace(PIKACHU, confidence=0.99996)) == "99.9 %"


def test_a_card_whose_name_is_not_known_shows_its_language_alone() -> None:
    assert cells(replace(PIKACHU, name=None))[0] == "[ja]"
    assert cells(replace(PIKACHU, name=None, language=None))[0] == ""
