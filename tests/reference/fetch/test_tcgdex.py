from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.recognition.facts import bundled_facts
from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.pages import Pages
from cardlens.reference.fetch.tcgdex import TcgDex, our_card_id, our_set_id
from cardlens.reference.outcome import Remark
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.loopback import Loopback

FACTS = bundled_facts()
SETS = [{"id": "sv03.5", "name": "151", "cardCount": {"total": 207, "official": 165}}, {"id": "me99", "name": "New"}]
GERMAN = [{"id": "sv03.5", "name": "151 auf Deutsch"}]


def card(local: str, **changes: Any) -> dict[str, Any]:
    return {"id": f"sv03.5-{local}", "localId": local, "name": "Mew", "image": f"https://a/{local}", **changes}


@pytest.fixture
def database(service: Loopback, client: Client, tmp_path: Path) -> TcgDex:
    service.on("/en/sets", lo.give_json(SETS))
    service.on("/de/sets", lo.give_json(GERMAN))
    return TcgDex(Pages(client, tmp_path), FACTS, "en", service.url)


def test_its_ids_become_ours(service: Loopback, database: TcgDex) -> None:
    service.on("/en/sets/sv03.5", lo.give_json({"id": "sv03.5", "cards": [card("025"), card("207")]}))
    known, fresh = database.sets()
    assert (known.set_id, known.address, known.cards) == ("sv3pt5", "sv03.5", 207)
    assert fresh.set_id == "me99"
    cards = database.cards(known, [])
    assert [one.card_id for one in cards] == ["sv3pt5-25", "sv3pt5-207"]
    assert cards[0].pictures == ("https://a/025/high.webp", "https://a/025/low.webp")
    assert cards[0].record == {"id": "sv3pt5-25", "name": "Mew", "set": "sv3pt5", "number": "25"}


def test_another_language_is_found_by_the_english_name(
    service: Loopback, client: Client, database: TcgDex, tmp_path: Path
) -> None:
    service.on("/de/sets/sv03.5", lo.give_json({"cards": [card("001")]}))
    german = TcgDex(Pages(client, tmp_path), FACTS, "de", service.url)
    (its_set,) = german.sets()
    assert its_set.set_id == "sv3pt5"
    assert [one.card_id for one in german.cards(its_set, [])] == ["sv3pt5-1"]


@pytest.mark.parametrize(
    ("address", "name", "ours"),
    [
        ("sv03.5", "151", "sv3pt5"),
        ("base1", "Base Set", "base1"),
        ("sv01", "Scarlet & Violet", "sv1"),
        ("svp", "SVP Black Star Promos", "svp"),
        ("P-A", "Promos-A", "PROMO-A"),
        ("A1", "Genetic Apex", "A1"),
        ("sma", "Yellow A Alternate", "tcgdex-sma"),  # another set than the one that we call sma
        ("me99", "Not out yet", "me99"),
    ],
)
def test_sets_are_told_apart(address: str, name: str, ours: str) -> None:
    assert our_set_id(address, name, FACTS) == ours


@pytest.mark.parametrize(
    ("set_id", "number", "ours"),
    [
        ("sv3pt5", "025", "sv3pt5-25"),
        ("swsh9", "TG05", "swsh9tg-TG05"),
        ("swsh45", "SV001", "swsh45sv-SV001"),
        ("ex10", "?", "ex10-?"),
        ("swshp", "SWSH001", "swshp-SWSH001"),
        ("me99", "001", "me99-1"),
        ("me99", "000", "me99-000"),
    ],
)
def test_numbers_are_written_as_we_do(set_id: str, number: str, ours: str) -> None:
    assert our_card_id(set_id, number, FACTS)[0] == ours


@given(st.text(max_size=10), st.text(max_size=10))
def test_every_number_gives_an_id_of_its_set_and_number(set_id: str, number: str) -> None:
    card_id, its_set, its_number = our_card_id(set_id, number, FACTS)
    assert card_id == f"{its_set}-{its_number}"


def test_cards_without_sense_are_told_and_without_picture_kept(service: Loopback, database: TcgDex) -> None:
    records = [card("../.."), card("002", name=None), card("003", image=None)]
    service.on("/en/sets/sv03.5", lo.give_json({"cards": records}))
    left_out: list[Remark] = []
    cards = database.cards(database.sets()[0], left_out)
    assert [(one.card_id, one.pictures) for one in cards] == [("sv3pt5-3", ())]
    assert len(left_out) == 2


@pytest.mark.parametrize("body", [[], 5, {}, {"cards": {}}, {"cards": [3]}])
def test_answers_of_another_form_are_refused(service: Loopback, database: TcgDex, body: Any) -> None:
    service.on("/en/sets/sv03.5", lo.give_json(body))
    with pytest.raises(BadCatalogue):
        database.cards(database.sets()[0], [])
