from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.pages import Pages
from cardlens.reference.fetch.pokemontcg import PokemonTcg
from cardlens.reference.outcome import Remark
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.loopback import Loopback

SETS = "/sets?orderBy=releaseDate&page=1&pageSize=250"
SET = {
    "id": "tst",
    "name": "Test",
    "series": "Trial",
    "printedTotal": 2,
    "total": 3,
    "ptcgoCode": "TST",
    "releaseDate": "2026/10/05",
    "updatedAt": "2026/10/05 07:00:00",
    "images": {"logo": "https://example.org/logo.png"},
}


def cards_path(page: int = 1) -> str:
    select = "id%2Cname%2Csupertype%2Csubtypes%2Clevel%2Chp%2Ctypes%2Cnumber%2Cartist%2Crarity%2Cset%2Cimages"
    return f"/cards?q=set.id%3Atst&orderBy=number&select={select}&page={page}&pageSize=250"


def card(number: int, **changes: Any) -> dict[str, Any]:
    images = {"small": f"https://i/{number}.png", "large": f"https://i/{number}_hires.png"}
    return {"id": f"tst-{number}", "name": "Mew", "number": str(number), "images": images, **changes}


def answer(records: list[Any], total: int | None = None) -> dict[str, Any]:
    return {"data": records, "page": 1, "totalCount": len(records) if total is None else total}


@pytest.fixture
def database(service: Loopback, client: Client, tmp_path: Path) -> PokemonTcg:
    service.on(SETS, lo.give_json(answer([SET])))
    return PokemonTcg(Pages(client, tmp_path), service.url)


def test_sets_are_as_the_metadata_reader_wants_them(database: PokemonTcg) -> None:
    (its_set,) = database.sets()
    assert (its_set.set_id, its_set.name, its_set.cards) == ("tst", "Test", 3)
    assert its_set.stamp == "2026/10/05 07:00:00"
    assert its_set.record["ptcgoCode"] == "TST"
    assert "images" not in its_set.record


def test_cards_of_all_pages_with_the_large_picture_first(service: Loopback, database: PokemonTcg) -> None:
    service.on(cards_path(1), lo.give_json(answer([card(1), card(2)], 3)))
    service.on(cards_path(2), lo.give_json(answer([card(3, images={"small": "https://i/3.png"})], 3)))
    cards = database.cards(database.sets()[0], [])
    assert [one.card_id for one in cards] == ["tst-1", "tst-2", "tst-3"]
    assert cards[0].pictures == ("https://i/1_hires.png", "https://i/1.png")
    assert cards[2].pictures == ("https://i/3.png",)
    assert cards[0].record["set"] == "tst"
    asked = parse_qs(urlsplit(service.paths()[-1]).query)
    assert (asked["q"], asked["page"]) == (["set.id:tst"], ["2"])


def test_a_set_that_did_not_change_is_not_asked_for(service: Loopback, database: PokemonTcg) -> None:
    service.on(cards_path(), lo.give_json(answer([card(1)])))
    for _ in range(3):
        database.cards(database.sets()[0], [])
    assert service.paths().count(cards_path()) == 1


def test_a_card_without_pictures_is_still_a_card(service: Loopback, database: PokemonTcg) -> None:
    service.on(cards_path(), lo.give_json(answer([card(1, images=None)])))
    assert database.cards(database.sets()[0], [])[0].pictures == ()


@pytest.mark.parametrize(
    "bad",
    [
        card(1, id="../../etc/passwd"),
        card(1, id=".hidden"),
        card(1, id="a/b"),
        card(1, id="x" * 65),
        card(1, id=7),
        card(1, id="a\n"),
        card(1, name=""),
        {**card(1), "number": None},
    ],
    ids=["climbs", "hidden", "slash", "long", "number", "line break", "no name", "no number"],
)
def test_a_card_that_makes_no_sense_does_not_cost_the_others(
    service: Loopback, database: PokemonTcg, bad: dict[str, Any]
) -> None:
    service.on(cards_path(), lo.give_json(answer([bad, card(2)])))
    left_out: list[Remark] = []
    assert [one.card_id for one in database.cards(database.sets()[0], left_out)] == ["tst-2"]
    assert len(left_out) == 1


@pytest.mark.parametrize(
    "body", [[], {}, {"data": 5}, {"data": [1]}, {"data": []}, {"data": [], "totalCount": 9}, None]
)
def test_answers_of_another_form_are_refused(service: Loopback, database: PokemonTcg, body: Any) -> None:
    service.on(cards_path(), lo.give_json(body))
    with pytest.raises(BadCatalogue):
        database.cards(database.sets()[0], [])
    service.on(SETS, lo.give_json(body))
    with pytest.raises(BadCatalogue):
        database.sets()
