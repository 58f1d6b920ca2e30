"""Price sources on the web: the API of pokemontcg.io and that of TCGdex, or anything that answers like one of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote as quoted

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from cardlens.collection.faults import PriceTrouble
from cardlens.collection.finish import usual_finish
from cardlens.collection.prices import PriceSource, Quote
from cardlens.recognition.facts import bundled_facts

_MOST_BYTES = 2_000_000
_ATTEMPTS = 3
_LONGEST_WAIT = 20.0  # seconds; a source that asks for more is left in peace


class _Busy(Exception):
    """The source asks to come again. `after`: in so many seconds, where it says."""

    def __init__(self, message: str, after: float | None) -> None:
        super().__init__(message)
        self.after = after


class _Web:
    """GETs JSON from one address, with limits on time, size and patience."""

    def __init__(self, address: str, *, pause: float = 1.0) -> None:
        self.address, self._pause = address.rstrip("/"), pause
        self._client = httpx.Client(timeout=10.0, follow_redirects=False, headers={"User-Agent": "cardlens"})

    def get(self, path: str) -> Any:
        """The JSON at a path; None where there is none. Raises `PriceTrouble`."""
        retrying = Retrying(
            retry=retry_if_exception_type((_Busy, httpx.TransportError)),
            wait=self._wait,
            stop=stop_after_attempt(_ATTEMPTS),
            reraise=True,
        )
        try:
            return retrying(self._get, path)
        except (_Busy, httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise PriceTrouble(
                f"{self.address}: no prices ({error or type(error).__name__}); try again later"
            ) from None

    def _get(self, path: str) -> Any:
        with self._client.stream("GET", f"{self.address}/{path}") as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.status_code >= 500:
                raise _Busy(f"status {response.status_code}", _seconds(response.headers.get("Retry-After")))
            if response.status_code != httpx.codes.OK:
                raise ValueError(f"status {response.status_code}")
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if len(content) > _MOST_BYTES:
                    raise ValueError(f"an answer of more than {_MOST_BYTES} bytes")
        return httpx.Response(200, content=bytes(content)).json(parse_float=Decimal)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.after if isinstance(error, _Busy) else None
        return min(self._pause * 2**state.attempt_number if asked is None else asked, _LONGEST_WAIT)


class PokemonTcgPrices:
    """Prices as pokemontcg.io gives them: `GET /v2/cards/<id>` with `data.tcgplayer` (USD) and `data.cardmarket` (EUR).

    The form is that of the API's cards, such as swsh1-1: `"tcgplayer": {"updatedAt": "2025/05/05", "prices":
    {"holofoil": {"low": 0.5, "mid": 1.52, "high": 7.99, "market": 1.63, "directLow": 2.16}}}`.
    """

    name = "pokemontcg"
    _FINISHES: Mapping[str, str] = {
        "normal": "normal",
        "holofoil": "holo",
        "reverseHolofoil": "reverse-holo",
        "1stEditionNormal": "1st-edition",
        "1stEdition": "1st-edition",
        "1stEditionHolofoil": "1st-edition-holo",
        "unlimited": "unlimited",
        "unlimitedHolofoil": "unlimited-holo",
    }

    def __init__(self, address: str = "https://api.pokemontcg.io", *, pause: float = 1.0) -> None:
        """Ask at `address`; `pause` in seconds is doubled from one attempt to the next."""
        self._web = _Web(address, pause=pause)

    def quotes(self, card_id: str) -> list[Quote]:
        """Quotes of a card in every finish. Raises `PriceTrouble`."""
        card = _part(self._web.get(f"v2/cards/{quote_path(card_id)}"), "data")
        seller = _part(card, "tcgplayer")
        found = [
            _quote(card_id, finish, self.name, "USD", _part(seller, "prices", word), ("market", "low", "high"), seller)
            for word, finish in self._FINISHES.items()
        ]
        market = _part(card, "cardmarket")
        prices = _part(market, "prices")
        for finish, fields in (
            (_usual_finish(card_id), ("trendPrice", "lowPrice", "")),
            ("reverse-holo", ("reverseHoloTrend", "reverseHoloLow", "")),
        ):
            found.append(_quote(card_id, finish, self.name, "EUR", prices, fields, market))
        return [quote for quote in found if quote is not None]


class TcgdexPrices:
    """Prices as TCGdex gives them: `GET /v2/en/cards/<id>` with `pricing.tcgplayer` and `pricing.cardmarket`.

    The form is that of tcgdex.dev/markets-prices. TCGdex has names of its own for sets: sv3pt5-25 is sv03.5-025 there.
    """

    name = "tcgdex"
    _FINISHES: Mapping[str, str] = {
        "normal": "normal",
        "holofoil": "holo",
        "holo": "holo",
        "reverse": "reverse-holo",
        "reverse-holofoil": "reverse-holo",
        "1stEdition": "1st-edition",
        "1st-edition": "1st-edition",
        "1st-edition-holofoil": "1st-edition-holo",
        "unlimited": "unlimited",
        "unlimited-holofoil": "unlimited-holo",
    }

    def __init__(self, address: str = "https://api.tcgdex.net", *, pause: float = 1.0) -> None:
        """Ask at `address`; `pause` in seconds is doubled from one attempt to the next."""
        self._web = _Web(address, pause=pause)

    def quotes(self, card_id: str) -> list[Quote]:
        """Quotes of a card in every finish. Raises `PriceTrouble`."""
        pricing = _part(self._card(card_id), "pricing")
        seller, market = _part(pricing, "tcgplayer"), _part(pricing, "cardmarket")
        fields = ("marketPrice", "lowPrice", "highPrice")
        found: dict[str, Quote] = {}
        for word, finish in self._FINISHES.items():
            quote = _quote(card_id, finish, self.name, "USD", _part(seller, word), fields, seller)
            if quote is not None:
                found.setdefault(finish, quote)
        for finish, words in (
            (_usual_finish(card_id), ("trend", "low", "")),
            ("reverse-holo", ("trend-holo", "low-holo", "")),
        ):
            quote = _quote(card_id, finish, self.name, "EUR", market, words, market)
            if quote is not None:
                found[f"{finish} EUR"] = quote
        return list(found.values())

    def _card(self, card_id: str) -> Any:
        return next(
            (card for its_id in tcgdex_ids(card_id) if (card := self._web.get(f"v2/en/cards/{quote_path(its_id)}"))),
            None,
        )


SOURCES: dict[str, type[PokemonTcgPrices] | type[TcgdexPrices]] = {
    PokemonTcgPrices.name: PokemonTcgPrices,
    TcgdexPrices.name: TcgdexPrices,
}


def open_source(name: str, address: str | None = None) -> PriceSource:
    """Give the source of that name, at another address where one is given; raises `PriceTrouble`."""
    if name not in SOURCES:
        raise PriceTrouble(f"{name}: no such price source; there are {', '.join(SOURCES)}")
    if address is not None and not re.match(r"https?://[^/]", address):
        raise PriceTrouble(f"{address}: no address; give one such as https://api.tcgdex.net")
    return SOURCES[name]() if address is None else SOURCES[name](address)


# Sets that TCGdex calls otherwise, where no rule tells.
_TCGDEX_SETS = {
    "base6": "lc",
    "bp": "bog",
    "hsp": "hgssp",
    "fut20": "fut2020",
    "sm35": "sm3.5",
    "sm75": "sm7.5",
    "swsh35": "swsh3.5",
    "swsh45": "swsh4.5",
    "zsv10pt5": "sv10.5b",
    "rsv10pt5": "sv10.5w",
}


def tcgdex_ids(card_id: str) -> list[str]:
    """The ids that TCGdex may have for a card, the likelier first: since Scarlet & Violet with leading zeros."""
    set_id, _, number = card_id.rpartition("-")
    its_set = _TCGDEX_SETS.get(set_id)
    if its_set is None:
        named = re.fullmatch(r"(sv|me|swsh)(\d+)(?:pt(\d))?", set_id)
        width = 1 if named and named[1] == "swsh" else 2
        its_set = f"{named[1]}{named[2].zfill(width)}{f'.{named[3]}' if named[3] else ''}" if named else set_id
    padded = number.zfill(3) if number.isdigit() else number
    numbers = (padded, number) if its_set.startswith(("sv", "me")) else (number, padded)
    return [f"{its_set}-{one}" for one in dict.fromkeys(numbers)]


@functools.lru_cache(1024)
def _usual_finish(card_id: str) -> str:
    """The finish that Cardmarket's plain price is for: it has one product for a card, and foil prices beside it."""
    card = bundled_facts().get(card_id)
    return usual_finish(card.rarity if card else None)


def quote_path(card_id: str) -> str:
    """A card id as a part of a path: ex10-? is a card."""
    return quoted(card_id, safe="")


def _part(record: Any, *names: str) -> Any:
    for name in names:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def _quote(
    card_id: str, finish: str, source: str, currency: str, prices: Any, fields: tuple[str, str, str], dated: Any
) -> Quote | None:
    market, low, high = (_amount(_part(prices, name)) for name in fields)
    if market is None and low is None:
        return None
    day = _day(_part(dated, "updatedAt") or _part(dated, "updated"))
    return Quote(card_id, finish, source, currency, market, low, high, day, datetime.now(UTC))


def _amount(value: Any) -> Decimal | None:
    """An amount above 0: both sources write 0, or nothing, where they know none."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    try:
        amount = Decimal(value).quantize(Decimal("0.0001"))
    except InvalidOperation:
        return None
    return amount if 0 < amount < 10**9 else None


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10].replace("/", "-")) if text else None
    except ValueError:
        return None


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isascii() and header.isdigit() else None
