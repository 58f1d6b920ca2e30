"""Which card a row of another app means: apps name sets and numbers each in their own way."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from cardlens.collection.exchange.table import BadCell
from cardlens.recognition.facts import Card, CardFacts
from cardlens.recognition.names import face_name, normalised_name

# "SWSH07: Evolving Skies", "SV: Scarlet & Violet 151", "XY - Evolutions"
_SERIES_BEFORE = re.compile(r"^[A-Za-z&]{1,6}\d*[A-Za-z]?\s*(:|-|–)\s+")
# "Charizard ex - 223/197", "Pikachu #25"
_NUMBER_AFTER = re.compile(r"\s+(-|–|#)\s*#?\w*\d+\w*(/\w+)?\s*$")
_CERTAIN = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row says of its card; `columns` are what the file calls name, set and number."""

    name: str
    set_name: str = ""
    set_code: str = ""
    number: str = ""
    columns: tuple[str, str, str] = ("name", "set", "number")


class CardFinder:
    """Finds cards in the facts by what other apps call them."""

    def __init__(self, facts: CardFacts) -> None:
        """Take the facts."""
        self._facts = facts
        self.card = facts.get
        self._numbered = functools.lru_cache(4096)(facts.find)
        self._named = functools.lru_cache(4096)(facts.named)
        self._set_agreement = functools.lru_cache(65536)(set_agreement)

    def find(self, wanted: Wanted) -> Card:
        """The one card that is meant; raises `BadCell` where there is none, or more than one."""
        name_column, set_column, number_column = wanted.columns
        number, _, total = wanted.number.strip().lstrip("#").partition("/")
        found = self._numbered(number.strip()) if number.strip() else self._named(plain_name(wanted.name))
        if not found:
            what = f"no card has the number {wanted.number}" if number.strip() else f"no card is called {wanted.name!r}"
            raise BadCell(number_column if number.strip() else name_column, what)
        said = said_names(wanted.name)
        called = [card for card in found if not wanted.name or is_called(card.name, said)]
        if not called:
            raise BadCell(name_column, f"no card of number {wanted.number} is called {wanted.name!r}")
        return self._best(called, wanted, total.strip(), set_column)

    def _best(self, cards: list[Card], wanted: Wanted, total: str, set_column: str) -> Card:
        agreement = {card.card_id: self._agreement(card, wanted, total) for card in cards}
        best = max(agreement.values())
        said = wanted.set_name or wanted.set_code
        if said and best < _CERTAIN:
            sets = ", ".join(sorted({card.set_name for card in cards})[:5])
            raise BadCell(set_column, f"no set {said!r} has this card; sets that do: {sets}")
        left = [card for card in cards if agreement[card.card_id] == best]
        if len(left) > 1:
            ids = ", ".join(card.card_id for card in left[:5])
            raise BadCell(set_column, f"{len(left)} cards fit ({ids}{', …' * (len(left) > 5)}); name the set")
        return left[0]

    def _agreement(self, card: Card, wanted: Wanted, total: str) -> int:
        points = self._set_agreement(wanted.set_name, card.set_name)
        if wanted.set_code:
            codes = {code.casefold() for code in (card.set_id, card.set_code, card.printed_code) if code}
            points += 3 if wanted.set_code.casefold() in codes else 0
        if total and card.printed_total is not None:
            digits = total.lstrip("0")
            points += 1 if digits.isdigit() and int(digits) == card.printed_total else 0
        return points


def set_agreement(said: str, known: str) -> int:
    """How well a set's name agrees with a known one: 4 the same, 3 but for a series before it, 1 in part, 0 not."""
    whole, mine = normalised_name(said), normalised_name(known)
    if not said:
        return 0
    if whole == mine:
        return 4
    short = plain_set(said)
    if short in (mine, plain_set(known)):
        return 3
    return 1 if len(mine) > 3 and (mine in whole or short in mine) and short else 0


@functools.cache
def plain_set(name: str) -> str:
    """A set's name without series, brackets and words that apps add or leave out, folded."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", "", _SERIES_BEFORE.sub("", name))
    words = [normalised_name(word) for word in bare.split()]
    kept = [word for word in words if word not in ("", "set", "pokemon", "promos", "promo", "cards", "the", "tcg")]
    return "".join(kept).removeprefix("scarletviolet") or "".join(kept) or normalised_name(bare)


def plain_name(name: str) -> str:
    """A card's name without the number and the remarks that apps put behind it."""
    return re.sub(r"\(.*?\)|\[.*?\]", "", _NUMBER_AFTER.sub("", name)).strip() or name


def said_names(said: str) -> frozenset[str]:
    """What an app's name for a card may come to, folded: whole, without brackets, without number and remarks."""
    return frozenset((normalised_name(said), face_name(said), normalised_name(plain_name(said))))


def is_called(known: str, said: frozenset[str]) -> bool:
    """Tell whether a card is called what an app says, give or take remarks."""
    mine = face_name(known)
    return mine in said or _folded(known) in said or any(len(mine) > 4 and name.startswith(mine) for name in said)


_folded = functools.lru_cache(8192)(normalised_name)
