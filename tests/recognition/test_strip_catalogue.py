from __future__ import annotations

from cardlens.recognition.facts import SetFacts, bundled_facts
from cardlens.recognition.strip_catalogue import NEWER_SETS, StripCatalogue

CATALOGUE = StripCatalogue(bundled_facts())


def test_a_number_lists_the_printed_cards_that_have_it() -> None:
    cards = CATALOGUE.numbered("025")
    ids = [card.card_id for card in cards]
    assert "sv3pt5-25" in ids
    assert len(ids) == len(set(ids))
    # TCG Pocket faces print no number
    assert not any(card_id.startswith("A1-") for card_id in ids)


def test_a_card_says_what_its_strip_shows() -> None:
    (card,) = [card for card in CATALOGUE.numbered("25") if card.card_id == "sv3pt5-25"]
    assert (card.name, card.set_name, card.total, card.code) == ("Pikachu", "151", 165, "MEW")


def test_sets_newer_than_the_facts_have_ids_but_no_names() -> None:
    (card,) = [card for card in CATALOGUE.numbered("030") if card.set_id == "me4"]
    assert (card.card_id, card.name, card.total, card.code) == ("me4-30", None, 86, "CRI")
    assert "CRI" in CATALOGUE.codes
    assert {86, 88} <= CATALOGUE.totals


def test_newer_sets_have_no_cards_beyond_their_last() -> None:
    assert not any(card.set_id == "mee" for card in CATALOGUE.numbered("9"))
    assert not any(card.set_id in {"me3", "me4", "mee"} for card in CATALOGUE.numbered("TG12"))


def test_what_the_facts_know_is_not_known_twice() -> None:
    its_set = SetFacts("sv9", "Journey Together", "Scarlet & Violet", 159, "JTG", "JTG", None, "physical")
    cards = StripCatalogue(bundled_facts(), (*NEWER_SETS, its_set)).numbered("108")
    assert [card.card_id for card in cards].count("sv9-108") == 1
