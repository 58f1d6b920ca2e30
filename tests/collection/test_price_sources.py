"""Price sources against a server on loopback; no other network is used."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cardlens.collection import PriceTrouble
from cardlens.collection.price_sources import PokemonTcgPrices, TcgdexPrices, open_source, tcgdex_ids

# The forms are those of api.pokemontcg.io/v2 and of tcgdex.dev/markets-prices.
POKEMONTCG = {
    "data": {
        "id": "base1-4",
        "tcgplayer": {
            "updatedAt": "2025/05/05",
            "prices": {
                "holofoil": {"low": 250.5, "mid": 375, "high": 600, "market": 399.99, "directLow": None},
                "1stEditionHolofoil": {"low": None, "market": 9000},
                "reverseHolofoil": {"low": 0.0, "market": 0.0},
            },
        },
        "cardmarket": {
            "updatedAt": "2025/05/04",
            "prices": {"trendPrice": 352.45, "lowPrice": 80, "reverseHoloTrend": 0.0, "reverseHoloLow": None},
        },
    }
}
TCGDEX = {
    "id": "sv03.5-025",
    "pricing": {
        "cardmarket": {
            "updated": "2025-08-05T00:42:15.000Z",
            "unit": "EUR",
            "low": 0.02,
            "trend": 0.08,
            "trend-holo": 0.21,
        },
        "tcgplayer": {
            "updated": "2025-08-05T20:07:54.000Z",
            "unit": "USD",
            "normal": {"lowPrice": 0.02, "midPrice": 0.17, "highPrice": 25.09, "marketPrice": 0.09},
            "reverse-holofoil": {"lowPrice": 0.09, "marketPrice": 0.23},
            "holofoil": None,
        },
    },
}


class Shop:
    """A server whose answers a test sets: by path, status and body; `asked` is what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, bytes, dict[str, str]]]] = {}
        self.asked: list[str] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.asked.append(self.path)
                waiting = shop.answers.get(self.path, [(404, b"{}", {})])
                status, body, headers = waiting.pop(0) if len(waiting) > 1 else waiting[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def tell(self, path: str, *answers: tuple[int, Any]) -> None:
        self.answers[path] = [
            (status, body if isinstance(body, bytes) else json.dumps(body).encode(), {"Retry-After": "0"})
            for status, body in answers
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop()
    yield opened
    opened.close()


def test_reads_prices_as_pokemontcg_gives_them(shop: Shop) -> None:
    shop.tell("/v2/cards/base1-4", (200, POKEMONTCG))
    quotes = {(one.finish, one.currency): one for one in PokemonTcgPrices(shop.address).quotes("base1-4")}
    assert set(quotes) == {("holo", "USD"), ("1st-edition-holo", "USD"), ("holo", "EUR")}
    holo = quotes["holo", "USD"]
    assert (holo.market, holo.low, holo.high) == (Decimal("399.99"), Decimal("250.5"), Decimal(600))
    assert (holo.of, holo.source) == (date(2025, 5, 5), "pokemontcg")
    assert quotes["holo", "EUR"].market == Decimal("352.45")
    assert quotes["1st-edition-holo", "USD"].low is None


def test_reads_prices_as_tcgdex_gives_them(shop: Shop) -> None:
    shop.tell("/v2/en/cards/sv03.5-025", (200, TCGDEX))
    quotes = {(one.finish, one.currency): one.market for one in TcgdexPrices(shop.address).quotes("sv3pt5-25")}
    assert quotes == {
        ("normal", "USD"): Decimal("0.09"),
        ("reverse-holo", "USD"): Decimal("0.23"),
        ("normal", "EUR"): Decimal("0.08"),
        ("reverse-holo", "EUR"): Decimal("0.21"),
    }


@pytest.mark.parametrize(
    ("card_id", "ids"),
    [
        ("sv3pt5-25", ["sv03.5-025", "sv03.5-25"]),
        ("sv10-1", ["sv10-001", "sv10-1"]),
        ("me1-7", ["me01-007", "me01-7"]),
        ("zsv10pt5-27", ["sv10.5b-027", "sv10.5b-27"]),
        ("swsh7-215", ["swsh7-215"]),
        ("swsh12pt5-1", ["swsh12.5-1", "swsh12.5-001"]),
        ("swsh45-1", ["swsh4.5-1", "swsh4.5-001"]),
        ("base1-4", ["base1-4", "base1-004"]),
        ("base6-3", ["lc-3", "lc-003"]),
        ("swsh9tg-TG12", ["swsh9tg-TG12"]),
    ],
)
def test_knows_what_tcgdex_calls_a_card(card_id: str, ids: list[str]) -> None:
    assert tcgdex_ids(card_id) == ids


def test_asks_tcgdex_under_its_other_name_where_the_first_is_none(shop: Shop) -> None:
    shop.tell("/v2/en/cards/base1-004", (200, TCGDEX))
    assert TcgdexPrices(shop.address).quotes("base1-4")
    assert shop.asked == ["/v2/en/cards/base1-4", "/v2/en/cards/base1-004"]


def test_a_card_that_the_source_does_not_know_has_no_quotes(shop: Shop) -> None:
    assert PokemonTcgPrices(shop.address).quotes("ex10-?") == []
    assert shop.asked == ["/v2/cards/ex10-%3F"]


def test_comes_again_when_it_is_asked_to(shop: Shop) -> None:
    shop.tell("/v2/cards/base1-4", (429, {}), (503, {}), (200, POKEMONTCG))
    assert PokemonTcgPrices(shop.address, pause=0).quotes("base1-4")
    assert len(shop.asked) == 3


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, {}, "status 500"),
        (403, {}, "status 403"),
        (302, {}, "status 302"),
        (200, b"<html>not json", "no prices"),
        (200, b"x" * 2_100_000, "more than 2000000 bytes"),
    ],
)
def test_trouble_is_one_clear_error(shop: Shop, status: int, body: Any, said: str) -> None:
    shop.tell("/v2/cards/base1-4", (status, body))
    with pytest.raises(PriceTrouble, match=said):
        PokemonTcgPrices(shop.address, pause=0).quotes("base1-4")


def test_nobody_there_is_one_clear_error(shop: Shop) -> None:
    shop.close()
    with pytest.raises(PriceTrouble, match="no prices"):
        PokemonTcgPrices(shop.address, pause=0).quotes("base1-4")


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"data": None},
        {"data": []},
        {"data": {"tcgplayer": 3}},
        {"data": {"tcgplayer": {"prices": {"normal": {"market": "1.0"}}}}},
        {"data": {"tcgplayer": {"prices": {"normal": {"market": True, "low": -1}}}}},
        {"data": {"tcgplayer": {"updatedAt": 5, "prices": {"holofoil": {"market": 1e300}}}}},
    ],
)
def test_answers_of_another_form_have_no_prices(shop: Shop, answer: Any) -> None:
    shop.tell("/v2/cards/base1-4", (200, answer))
    assert PokemonTcgPrices(shop.address).quotes("base1-4") == []


def test_sources_are_opened_by_name(shop: Shop) -> None:
    assert open_source("tcgdex", shop.address).name == "tcgdex"
    with pytest.raises(PriceTrouble, match="no such price source; there are pokemontcg, tcgdex"):
        open_source("ebay")
    with pytest.raises(PriceTrouble, match="no address"):
        open_source("tcgdex", "file:///etc/passwd")
